#include "capture/fanout.h"

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#ifndef PACKET_FANOUT_FLAG_UNIQUEID
#define PACKET_FANOUT_FLAG_UNIQUEID 0x2000
#endif

namespace pbfast::capture {

namespace {

constexpr uint32_t kMode = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_DEFRAG;

bool set_fanout(int fd, uint32_t mode, uint32_t group) {
  const uint32_t value = mode << 16 | group;
  return setsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, sizeof value) == 0;
}

// The kernel finds a number that is free in this network namespace; kernels before 4.12 cannot, and
// get one that is seldom taken.
int found_group(int fd) {
  if (set_fanout(fd, kMode | PACKET_FANOUT_FLAG_UNIQUEID, 0)) {
    uint32_t value = 0;
    socklen_t size = sizeof value;
    if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, &size) != 0) return -1;
    return static_cast<int>(value & 0xffff);
  }
  if (errno != EINVAL) return -1;
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const uint32_t group =
      (static_cast<uint32_t>(getpid()) * 31 + static_cast<uint32_t>(now.tv_nsec)) & 0xffff;
  return set_fanout(fd, kMode, group) ? static_cast<int>(group) : -1;
}

}  // namespace

std::string Fanout::join(int fd) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (group_ < 0)
    group_ = found_group(fd);
  else if (!set_fanout(fd, kMode, static_cast<uint32_t>(group_)))
    group_ = -1;
  if (group_ < 0) return std::string("the packets cannot be shared: ") + std::strerror(errno);
  if (--awaited_ == 0) {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    complete_since_.store(static_cast<base::Nanos>(now.tv_sec) * base::kSecond +
                              static_cast<base::Nanos>(now.tv_nsec),
                          std::memory_order_release);
  }
  return "";
}

}  // namespace pbfast::capture
