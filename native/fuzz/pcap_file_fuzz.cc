// Capture files of any bytes, in memory and streamed: no read outside, no endless reading,
// and the three readers see the same frames.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "capture/source.h"
#include "capture/stream_source.h"

using namespace pbfast::capture;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// What a reader saw, and all bytes of it touched.
struct Seen {
  bool opened = false;
  uint64_t frames = 0, hash = 0, received = 0, truncated = 0, bad = 0;
  bool operator==(const Seen&) const = default;
};

void see(const Frame& frame, Seen* seen) {
  const auto mix = [&](uint64_t value) { seen->hash = (seen->hash ^ value) * 0x100000001b3; };
  mix(frame.captured), mix(frame.wire), mix(frame.time), mix(frame.link_type);
  for (uint32_t i = 0; i < frame.captured; i++) mix(frame.data[i]);
  require(frame.time <= 0xffffffffull * 1'000'000'000 + 999'999'999);
  seen->frames++;
}

// `most`: frames that so many bytes can hold.
Seen read_all(Opened opened, uint64_t most) {
  Seen seen;
  seen.opened = opened.source != nullptr;
  require(seen.opened == opened.code.empty());
  require(seen.opened == opened.message.empty());
  if (!seen.opened) return seen;
  Batch batch;
  Status status;
  while ((status = opened.source->next(&batch, 0)) == Status::kFrames) {
    require(batch.count <= kBatchFrames);
    for (uint32_t i = 0; i < batch.count; i++) see(batch.frames[i], &seen);
    require(seen.frames <= most);
  }
  require(status == Status::kEnd || !opened.source->message().empty());
  require(opened.source->next(&batch, 0) == status && batch.count == 0);
  const SourceCounters counters = opened.source->counters();
  seen.received = counters.received;
  seen.truncated = counters.truncated_records;
  seen.bad = counters.bad_records;
  require(seen.bad + seen.truncated <= 2);
  return seen;
}

int file_of(const uint8_t* data, size_t size) {
  const int fd = memfd_create("fuzz", MFD_CLOEXEC);
  require(fd >= 0 && write(fd, data, size) == static_cast<ssize_t>(size));
  lseek(fd, 0, SEEK_SET);
  return fd;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  if (size > 2 && data[0] == 0x1f && data[1] == 0x8b) {
    read_all(open_stream(file_of(data, size), "gzip", ""), UINT64_MAX);
    return 0;
  }
  // Of exactly this size, so that the sanitizer sees a read beyond.
  const auto bytes = std::make_unique<uint8_t[]>(size);
  std::memcpy(bytes.get(), data, size);
  const uint64_t most = size / 12;
  const Seen memory = read_all(open_memory(bytes.get(), size), most);
  const Seen twice = read_all(open_memory(bytes.get(), size, 2), 2 * most);
  require(twice.frames == 2 * memory.frames);
  if (data[size - 1] % 4 != 0) return 0;  // the others are slow: files have to be made
  require(read_all(open_stream(file_of(data, size), "stream", ""), most) == memory);
  const Seen filtered = read_all(open_stream(file_of(data, size), "filtered", "ip6"), most);
  require(!filtered.opened || filtered.received == memory.received);
  return 0;
}
