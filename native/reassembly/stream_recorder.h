// For tests: a stream with its pool, and all it tells, checked to run on without hole or overlap.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "reassembly/stream.h"

namespace pbfast::reassembly {

struct Recorder final : Sink {
  void on_bytes(uint64_t offset, const uint8_t* data, uint32_t size, base::Nanos time) override {
    REQUIRE(size > 0);
    REQUIRE(offset == end);
    told.append(reinterpret_cast<const char*>(data), size);
    last_data = data;
    times.push_back(time);
    end += size;
  }
  // A gap is written as [size].
  void on_gap(uint64_t offset, uint64_t size, base::Nanos) override {
    REQUIRE(size > 0);
    REQUIRE(offset == end);
    told.append("[").append(std::to_string(size)).append("]");
    end += size;
  }
  std::string told;
  std::vector<base::Nanos> times;  // of each on_bytes
  const uint8_t* last_data = nullptr;
  uint64_t end = 0;
};

struct Probe {
  explicit Probe(uint64_t pool_bytes = 8u << 20) : pool(pool_bytes) {}
  ~Probe() { stream.clear(&pool); }
  void segment(uint32_t sequence, const std::string& bytes, uint32_t cut = 0) {
    const auto size = static_cast<uint32_t>(bytes.size());
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    stream.segment({sequence, data, size, size + cut, ++time}, &pool, &counters, &recorder);
  }
  void acknowledge(uint32_t number, int times = 1) {
    while (times-- > 0) stream.acknowledge(number, ++time, &pool, &counters, &recorder);
  }
  void flush() { stream.flush(++time, &pool, &counters, &recorder); }
  const std::string& told() const { return recorder.told; }

  Pool pool;
  Stream stream;
  Counters counters;
  Recorder recorder;
  base::Nanos time = 0;
};

}  // namespace pbfast::reassembly
