#include "handoff/ring.h"

#include <sys/mman.h>

#include <chrono>

namespace pbfast::handoff {

Ring::Ring(uint32_t batches)
    : batches_(batches), records_(batches), commands_(new CommandWord[kCommands]) {
  // Anonymous memory: a batch costs memory from its first use on only.
  void* memory =
      mmap(nullptr, memory_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memory_ = memory == MAP_FAILED ? nullptr : static_cast<uint8_t*>(memory);
}

Ring::~Ring() {
  if (memory_) munmap(memory_, memory_bytes());
}

void Ring::forget() { madvise(memory_, memory_bytes(), MADV_DONTNEED); }

bool Ring::wait_free() {
  if (free_batches() > 0) return true;
  std::unique_lock lock(mutex_);
  producer_waits_ = true;
  wake_producer_.wait(lock, [this] { return free_batches() > 0 || closed_; });
  producer_waits_ = false;
  return !closed_;
}

void Ring::publish(uint32_t records) {
  const uint64_t batch = published_.load(std::memory_order_relaxed);
  records_[batch % batches_] = records;
  published_.store(batch + 1);
  if (!consumer_waits_.load()) return;
  { std::lock_guard lock(mutex_); }
  wake_consumer_.notify_one();
}

uint32_t Ring::take(int wait_ms, uint32_t* offset) {
  if (published_.load(std::memory_order_acquire) == taken_) {
    if (wait_ms <= 0) return 0;
    std::unique_lock lock(mutex_);
    consumer_waits_.store(true);
    wake_consumer_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                            [this] { return published_.load() != taken_ || closed_; });
    consumer_waits_.store(false);
    if (published_.load(std::memory_order_acquire) == taken_) return 0;
  }
  *offset = offset_of(taken_);
  return records_[taken_++ % batches_];
}

void Ring::release() {
  released_.store(taken_);
  if (!producer_waits_.load()) return;
  { std::lock_guard lock(mutex_); }
  wake_producer_.notify_one();
}

uint32_t Ring::push_commands(const CommandWord* words, uint32_t count) {
  const uint64_t in = commands_in_.load(std::memory_order_relaxed);
  const auto room =
      kCommands - static_cast<uint32_t>(in - commands_out_.load(std::memory_order_acquire));
  const uint32_t n = count < room ? count : room;
  for (uint32_t i = 0; i < n; i++) commands_[(in + i) % kCommands] = words[i];
  commands_in_.store(in + n, std::memory_order_release);
  return n;
}

bool Ring::pop_command(CommandWord* word) {
  const uint64_t out = commands_out_.load(std::memory_order_relaxed);
  if (out == commands_in_.load(std::memory_order_acquire)) return false;
  *word = commands_[out % kCommands];
  commands_out_.store(out + 1, std::memory_order_release);
  return true;
}

void Ring::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  wake_consumer_.notify_all();
  wake_producer_.notify_all();
}

}  // namespace pbfast::handoff
