// A source of frames. The engine asks it for batches; the frames of a batch stay valid until the
// next call.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "capture/fanout.h"
#include "decode/packet_view.h"

namespace pbfast::capture {

using decode::Frame;

inline constexpr uint32_t kBatchFrames = 32;

enum class Status : uint8_t {
  kFrames,  // `count` frames; none when a filter took none of many
  kIdle,    // a live source or a pipe has nothing now; wait_ms was used up
  kEnd,     // no more will come
  kError,   // message() says what; no more will come
};

struct Batch {
  Frame frames[kBatchFrames];
  uint32_t count = 0;
};

// What the kernel or the file says it saw. All but `unread` are monotonic.
// received = frames of all batches + filtered + kernel_dropped + copies + unread.
struct SourceCounters {
  uint64_t received = 0;           // frames offered to this source
  uint64_t filtered = 0;           // not taken by a filter; live, the kernel does not count them
  uint64_t kernel_dropped = 0;     // ps_drop
  uint64_t interface_dropped = 0;  // ps_ifdrop; never offered
  uint64_t copies = 0;             // second copies of loopback frames on `any`, told at the end
  uint64_t unread = 0;             // received and not in a batch yet
  uint64_t truncated_records = 0;  // a file that ends inside a record
  uint64_t bad_records = 0;        // records not delivered because a length lies
  uint64_t downs = 0;              // times an interface went down
  uint64_t reopened = 0;           // times a device was opened again, or another in its place
  uint64_t undumped = 0;           // frames that could not be written where they should

  SourceCounters& operator+=(const SourceCounters& other);
};

class Source {
 public:
  virtual ~Source() = default;
  // Waits at most wait_ms for frames (regular files never wait).
  virtual Status next(Batch* batch, int wait_ms) = 0;
  virtual SourceCounters counters() = 0;
  virtual bool is_live() const = 0;
  // Live: takes nothing new from here on. next() still gives what came before.
  virtual void stop_intake() {}
  // Readable when next() has something; -1: it must be asked.
  virtual int wait_fd() const { return -1; }
  // Cause of kError: one line, with file or device.
  virtual const std::string& message() const = 0;
};

// Result of opening: a source, or an error with a code of lib/base/errors.ts (without its prefix)
// and a text.
struct Opened {
  std::unique_ptr<Source> source;
  std::string code;  // "" when fine; PERMISSION, DEVICE, FILTER, FILE, FORMAT, CAPTURE
  std::string message;
};
inline Opened failure(const char* code, std::string message) {
  return {nullptr, code, std::move(message)};
}

struct LiveOptions {
  std::string device;
  std::string filter;  // BPF text; empty for all
  uint32_t snaplen = 262144;
  uint32_t ring_bytes = 64u << 20;
  int retire_ms = 10;  // TPACKET_V3 block retire time-out
  bool promiscuous = false;
  std::shared_ptr<Fanout> fanout;  // the device's packets are shared with other sources
};

Opened open_live(const LiveOptions& options);
// pcap (µs, ns, both byte orders), pcapng, either gzipped; "-" is standard input. `filter` is BPF
// text, applied per interface's link type; empty for all.
Opened open_file(const std::string& path, const std::string& filter);
// A pcap or pcapng image in memory that the caller keeps alive: for tests, fuzzing and benches. It
// is played `loops` times (0: once); time goes on from one loop to the next.
Opened open_memory(const uint8_t* data, uint64_t size, uint32_t loops = 0);

struct Device {
  std::string name, description;
  std::string addresses;  // space-separated
  bool up = false, loopback = false;
};
// Devices that can be captured from; on error `error` says why.
std::unique_ptr<Device[]> list_devices(uint32_t* count, std::string* error);

}  // namespace pbfast::capture
