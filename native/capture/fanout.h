// Several sockets on one device share its packets: PACKET_FANOUT, by the kernel's symmetric hash of
// addresses and ports, so that both directions of a flow come to the same one; IPv4 fragments are
// joined before they are hashed. Of tunnels the kernel hashes what it looks into: the inner packet
// of GRE and IP in IP, but the outer one of tunnels over UDP.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/time.h"

namespace pbfast::capture {

class Fanout {
 public:
  explicit Fanout(uint32_t sockets) : awaited_(sockets) {}
  // Once for each socket, when it is bound. Empty, or what went wrong.
  std::string join(int fd);
  // When the last socket joined, 0 before: until then a socket gets the packets of others too.
  base::Nanos complete_since() const { return complete_since_.load(std::memory_order_acquire); }

 private:
  std::mutex mutex_;
  uint32_t awaited_;
  int group_ = -1;  // the kernel's number
  std::atomic<base::Nanos> complete_since_{0};
};

}  // namespace pbfast::capture
