// Writes records and their payload into the ring's current batch; publishes full ones.
#pragma once
#include <cstdint>
#include <cstring>

#include "base/time.h"
#include "handoff/ring.h"

namespace pbfast::handoff {

// What happens when no batch is free.
enum class Pressure : uint8_t {
  kWait,  // a file: wait for the worker
  kShed,  // live: payload is refused, the caller counts it
};

class Writer {
 public:
  // The last batches are for what must not be lost: ends, reports, counters.
  static constexpr uint32_t kReserved = 2;
  // What can come later leaves as many free.
  static constexpr uint32_t kSpare = 2 * kReserved;

  Writer(Ring* ring, Pressure pressure) : ring_(ring), pressure_(pressure) {}

  // Room for one record with `size` payload bytes; null when there is none. `must`: may use the
  // reserve.
  Record* add(Kind kind, uint32_t size, base::Nanos time, bool must, uint8_t** payload) {
    const uint32_t aligned = (size + 7) & ~7u;
    if (records_ == kBatchRecords || used_ + aligned > kBatchBytes || !open_) {
      if (!turn(must)) return nullptr;
    }
    auto* record = reinterpret_cast<Record*>(ring_->memory() + base_ + records_ * sizeof(Record));
    record->kind = static_cast<uint8_t>(kind);
    record->direction = 0;
    record->flags = 0;
    record->offset = base_ + used_;
    record->length = size;
    record->seconds = base::seconds_of(time);
    record->nanoseconds = base::nanoseconds_of(time);
    record->stream_offset = 0;
    *payload = ring_->memory() + base_ + used_;
    used_ += aligned;
    records_++;
    return record;
  }

  // Is there room that payload does not need?
  bool has_room_to_spare() const {
    return pressure_ == Pressure::kWait || ring_->free_batches() > kSpare;
  }
  // From now on nothing is refused.
  void wait_from_now_on() { pressure_ = Pressure::kWait; }

  // Hands over what is there.
  void flush() {
    if (records_ == 0) return;
    ring_->publish(records_);
    records_ = 0;
    open_ = false;
  }

  uint32_t records() const { return records_; }

 private:
  bool turn(bool must) {
    flush();
    if (open_) return true;
    if (pressure_ == Pressure::kWait) {
      if (!ring_->wait_free()) return false;
    } else if (ring_->free_batches() <= (must ? 0 : kReserved)) {
      return false;
    }
    base_ = ring_->fill_offset();
    used_ = kBatchRecords * sizeof(Record);
    open_ = true;
    return true;
  }

  Ring* ring_;
  Pressure pressure_;
  uint32_t base_ = 0, used_ = 0, records_ = 0;
  bool open_ = false;
};

}  // namespace pbfast::handoff
