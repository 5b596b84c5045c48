// The ring of batches between the engine thread (one producer) and a worker (one consumer). Batches
// are filled, read and released in order, so two counters describe the whole state; the condition
// variables serve waiting only.
//
//   released <= taken <= published <= released + batches
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "handoff/record.h"

namespace pbfast::handoff {

class Ring {
 public:
  explicit Ring(uint32_t batches);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  uint8_t* memory() const { return memory_; }
  uint64_t memory_bytes() const { return static_cast<uint64_t>(batches_) * kBatchBytes; }

  // ---- producer
  // Batches that could be filled now.
  uint32_t free_batches() const {
    return batches_ -
           static_cast<uint32_t>(published_.load(std::memory_order_relaxed) - released_.load());
  }
  // Waits until a batch is free; false when closed.
  bool wait_free();
  // Offset in memory() of the batch to be filled.
  uint32_t fill_offset() const { return offset_of(published_.load(std::memory_order_relaxed)); }
  void publish(uint32_t records);
  // Does the consumer sit idle?
  bool consumer_waits() const { return consumer_waits_.load(std::memory_order_relaxed); }

  // ---- consumer
  // Number of records of the next batch, 0 when none came within wait_ms. The previous one is
  // released by release().
  uint32_t take(int wait_ms, uint32_t* offset);
  void release();
  // Commands to the engine; returns how many found room.
  uint32_t push_commands(const CommandWord* words, uint32_t count);

  // ---- producer again
  bool pop_command(CommandWord* word);

  // Ends every wait: the consumer goes away.
  void close();
  // Gives the pages back: the memory may still be read, as zeros. Only when both ends are gone.
  void forget();
  bool closed() const { return closed_.load(std::memory_order_relaxed); }

 private:
  uint32_t offset_of(uint64_t batch) const {
    return static_cast<uint32_t>(batch % batches_) * kBatchBytes;
  }
  static constexpr uint32_t kCommands = 1u << 15;

  const uint32_t batches_;
  uint8_t* memory_;
  std::vector<uint32_t> records_;
  alignas(64) std::atomic<uint64_t> published_{0};
  alignas(64) std::atomic<uint64_t> released_{0};
  uint64_t taken_ = 0;
  std::atomic<bool> consumer_waits_{false}, producer_waits_{false}, closed_{false};
  std::mutex mutex_;
  std::condition_variable wake_consumer_, wake_producer_;
  std::unique_ptr<CommandWord[]> commands_;
  alignas(64) std::atomic<uint64_t> commands_in_{0};
  alignas(64) std::atomic<uint64_t> commands_out_{0};
};

}  // namespace pbfast::handoff
