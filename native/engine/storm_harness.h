// Storms of packets made in memory, for tests and for the bench.
#pragma once
#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "capture/source.h"
#include "engine/engine.h"
#include "handoff/take_all.h"

namespace pbfast::engine::testing {

inline uint64_t resident_bytes() {
  unsigned long size = 0, resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (!file) return 0;
  if (std::fscanf(file, "%lu %lu", &size, &resident) != 2) resident = 0;
  std::fclose(file);
  return uint64_t{resident} * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

inline uint64_t nanos_of(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return static_cast<uint64_t>(t.tv_sec) * base::kSecond + static_cast<uint64_t>(t.tv_nsec);
}

// How the engine fared until the last packet.
struct Strain {
  uint64_t resident = 0;                 // bytes of the process
  uint64_t cpu = 0;                      // nanoseconds of the engine thread, packets made included
  uint64_t held_cpu = 0, held_wall = 0;  // the longest that a batch and what came with it took
};

class Storm final : public capture::Source {
 public:
  // Makes the frame of the i-th packet in place and returns its time.
  using Maker = std::function<base::Nanos(uint32_t i, std::string* frame)>;

  Storm(uint32_t count, Maker maker, Strain* strain, bool live = false)
      : count_(count), live_(live), maker_(std::move(maker)), strain_(strain) {}

  capture::Status next(capture::Batch* batch, int) override {
    measure();
    batch->count = 0;
    for (; batch->count < capture::kBatchFrames && at_ < count_; at_++) {
      std::string& bytes = bytes_[batch->count];
      decode::Frame& frame = batch->frames[batch->count++];
      frame = decode::Frame();
      frame.time = maker_(at_, &bytes);
      frame.data = reinterpret_cast<const uint8_t*>(bytes.data());
      frame.captured = frame.wire = static_cast<uint32_t>(bytes.size());
    }
    cpu_ = nanos_of(CLOCK_THREAD_CPUTIME_ID);
    wall_ = nanos_of(CLOCK_MONOTONIC);
    if (batch->count > 0) return capture::Status::kFrames;
    strain_->cpu = cpu_ - start_;
    strain_->resident = resident_bytes();
    return capture::Status::kEnd;
  }
  capture::SourceCounters counters() override { return {}; }
  bool is_live() const override { return live_; }
  const std::string& message() const override { return message_; }

 private:
  void measure() {
    const uint64_t cpu = nanos_of(CLOCK_THREAD_CPUTIME_ID);
    if (at_ == 0) {
      start_ = cpu;
      return;
    }
    strain_->held_cpu = std::max(strain_->held_cpu, cpu - cpu_);
    strain_->held_wall = std::max(strain_->held_wall, nanos_of(CLOCK_MONOTONIC) - wall_);
  }

  uint32_t count_, at_ = 0;
  bool live_;
  Maker maker_;
  Strain* strain_;
  std::string bytes_[capture::kBatchFrames];
  uint64_t start_ = 0, cpu_ = 0, wall_ = 0;
  std::string message_;
};

struct Aftermath {
  Counters counters;
  Strain strain;
  uint64_t grown = 0;  // resident bytes, while the storm raged
};

// `count` packets through an engine whose worker only takes and releases.
inline Aftermath rage(uint32_t count, Storm::Maker maker, const Options& options,
                      bool live = false) {
  Aftermath after;
  malloc_trim(0);  // or memory of storms before would not count
  const uint64_t before = resident_bytes();
  handoff::Ring ring(handoff::kBatches);
  Engine engine(options, std::make_unique<Storm>(count, std::move(maker), &after.strain, live),
                &ring);
  std::thread worker([&] { handoff::take_all(&ring); });
  engine.run();
  worker.join();
  after.counters = engine.counters();
  after.grown = after.strain.resident - std::min(before, after.strain.resident);
  return after;
}

}  // namespace pbfast::engine::testing
