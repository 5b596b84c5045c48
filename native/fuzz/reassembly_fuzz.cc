// Lists of operations on a stream and a small pool, against a map of bytes that does the same: the
// first copy of each byte wins, each is told or given up exactly once, and a byte that came in time
// is never given up. A hole may be given up only with a reason.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <vector>

#include "reassembly/stream.h"

using namespace pbfast;
using reassembly::distance;
using reassembly::kAckGrace;
using reassembly::kMaxDistance;
using reassembly::kMaxEarlyBlocks;
using reassembly::kNoBlock;

namespace {

constexpr int64_t kPageBytes = 1024;
constexpr size_t kMaxOperations = 200;
constexpr int16_t kUnknown = -1;
constexpr int16_t kCut = -2;  // sent, but not captured

void require(bool holds) {
  if (!holds) std::abort();
}

// The first copies of bytes from the next one on, by stream offset.
class ByteMap {
 public:
  int16_t at(int64_t offset) const {
    const Page* page = find(offset / kPageBytes);
    return page ? (*page)[offset % kPageBytes] : kUnknown;
  }
  void set(int64_t offset, int16_t value) {
    Page* page = find(offset / kPageBytes);
    if (!page) {
      page = &pages_[offset / kPageBytes];
      page->fill(kUnknown);
      found_ = kNone;
    }
    (*page)[offset % kPageBytes] = value;
    size_++;
  }
  void take(int64_t offset) {
    (*find(offset / kPageBytes))[offset % kPageBytes] = kUnknown;
    size_--;
  }
  // The first offset from `offset` on, at most `end`, that may be known.
  int64_t skip_unknown(int64_t offset, int64_t end) const {
    const auto page = pages_.lower_bound(offset / kPageBytes);
    if (page == pages_.end()) return end;
    return std::clamp(page->first * kPageBytes, offset, end);
  }
  void forget_below(int64_t offset) {
    pages_.erase(pages_.begin(), pages_.lower_bound(offset / kPageBytes));
    found_ = kNone;
  }
  void clear() {
    pages_.clear();
    size_ = 0;
    found_ = kNone;
  }
  size_t size() const { return size_; }

 private:
  using Page = std::array<int16_t, kPageBytes>;
  static constexpr int64_t kNone = -1;
  Page* find(int64_t number) const {
    if (number != found_) {
      const auto page = pages_.find(number);
      page_ = page == pages_.end() ? nullptr : const_cast<Page*>(&page->second);
      found_ = number;
    }
    return page_;
  }
  std::map<int64_t, Page> pages_;
  mutable int64_t found_ = kNone;  // number of the page found last, which is page_
  mutable Page* page_ = nullptr;
  size_t size_ = 0;
};

class Model final : public reassembly::Sink {
 public:
  Model(uint32_t origin, uint32_t blocks)
      : origin_(origin), pool_(uint64_t{blocks} * reassembly::kBlockMemory) {}

  void on_bytes(uint64_t offset, const uint8_t* data, uint32_t size, base::Nanos) override {
    require(size > 0 && static_cast<int64_t>(offset) == told_);
    for (uint32_t i = 0; i < size; i++) {
      require(bytes_.at(told_) == data[i]);
      bytes_.take(told_++);
    }
  }
  void on_gap(uint64_t offset, uint64_t size, base::Nanos) override {
    require(size > 0 && static_cast<int64_t>(offset) == told_);
    const int64_t end = told_ + static_cast<int64_t>(size);
    while (told_ < end) {
      const int64_t known = bytes_.skip_unknown(told_, end);
      if (known > told_) {
        require(may_give_up(known));
        told_ = known;
        continue;
      }
      const int16_t value = bytes_.at(told_);
      require(value == kCut || (value == kUnknown && may_give_up(told_ + 1)));
      if (value == kCut) bytes_.take(told_);
      told_++;
    }
    expected_.gaps++;
    expected_.gap_bytes += size;
  }

  // Of `wire` bytes at stream offset `at`, `captured` are there; another `variant` has other bytes.
  void segment(int64_t at, uint32_t captured, uint32_t wire, uint8_t variant) {
    std::vector<uint8_t> data(captured);
    for (uint32_t i = 0; i < captured; i++) data[i] = byte_at(at + i, variant);
    const uint32_t sequence = origin_ + static_cast<uint32_t>(at);
    if (!started_ && wire > 0) {
      origin_ = sequence;
      at = 0;
      started_ = true;
    }
    expect(at, data, wire);
    const uint64_t own = pool_.used() - others_.size();
    const uint64_t need = captured / reassembly::kBlockBytes + own + 2;
    const bool may_meet_limit =
        own + need > kMaxEarlyBlocks || pool_.used() + need > pool_.max_blocks();
    calls_++;
    stream_.segment({sequence, data.data(), captured, wire, ++time_}, &pool_, &counters_, this);
    require(counters_.memory_drops == drops_ || may_meet_limit);
    check();
  }
  void acknowledge(int64_t at) {
    if (!started_) return;
    calls_++;
    stream_.acknowledge(origin_ + static_cast<uint32_t>(at), ++time_, &pool_, &counters_, this);
    acknowledged_.push_back({at, calls_});
    check();
  }
  void start(uint32_t origin) {
    stream_.start(origin, &pool_);
    if (told_ == 0 && bytes_.size() == 0) {
      origin_ = origin;
      started_ = true;
      acknowledged_.clear();
      proven_ = 0;
    }
    check();
  }
  void flush() {
    flushing_ = true;
    stream_.flush(++time_, &pool_, &counters_, this);
    flushing_ = false;
    require(bytes_.size() == 0);
    check();
  }
  void clear() {
    stream_.clear(&pool_);
    bytes_.clear();
    check();
  }
  // Other streams take and give blocks of the pool.
  void take_blocks(uint32_t count) {
    for (uint32_t index; count-- > 0 && (index = pool_.take()) != kNoBlock;) {
      others_.push_back(index);
    }
  }
  void give_blocks(uint32_t count) {
    for (; count-- > 0 && !others_.empty(); others_.pop_back()) pool_.give(others_.back());
  }
  // What is acknowledged for long enough is told or given up, whatever went before.
  void check_progress() {
    if (!started_) return;
    const int64_t far = told_ + (1 << 20);
    for (int i = 0; i < 2 * (kAckGrace + 1); i++) acknowledge(far);
    require(told_ >= far);
  }
  int64_t told() const { return told_; }

 private:
  struct Acknowledged {
    int64_t at;
    uint64_t call;
  };
  static uint8_t byte_at(int64_t offset, uint8_t variant) {
    return static_cast<uint8_t>((offset >> 8) * 31 + offset * 7 + (offset % 16 == 9) * variant);
  }
  bool may_give_up(int64_t end) {
    while (!acknowledged_.empty() && calls_ - acknowledged_.front().call >= kAckGrace) {
      proven_ = std::max(proven_, acknowledged_.front().at);
      acknowledged_.pop_front();
    }
    return flushing_ || counters_.memory_drops > drops_ || end <= proven_;
  }
  // What stream.h says of a segment: its first copies of bytes, and what is counted.
  void expect(int64_t at, const std::vector<uint8_t>& data, uint32_t wire) {
    const int64_t end = at + wire;
    if (wire == 0) return;
    if (at < told_ - kMaxDistance || end > told_ + kMaxDistance) {
      expected_.out_of_window++;
      return;
    }
    if (end <= told_) {
      expected_.retransmitted += end != told_ || wire != 1;
      return;
    }
    int64_t repeated = std::max<int64_t>(told_ - at, 0);
    const bool early = at > told_;
    bool differs = false;
    for (int64_t i = at + repeated; i < end; i++) {
      const int16_t old = bytes_.at(i);
      const bool captured = i - at < static_cast<int64_t>(data.size());
      const int16_t value = captured ? data[static_cast<size_t>(i - at)] : kCut;
      repeated += old != kUnknown;
      differs |= old >= 0 && captured && old != value;
      if (old == kUnknown) bytes_.set(i, value);
    }
    expected_.overlap_conflicts += differs;
    expected_.retransmitted += repeated == wire && !differs;
    expected_.overlaps += repeated > 0 && (repeated < wire || differs);
    expected_.out_of_order += early && repeated < wire;
  }
  void check() {
    bytes_.forget_below(told_);
    drops_ = counters_.memory_drops;
    require(static_cast<int64_t>(stream_.offset()) == told_ && stream_.started() == started_);
    require(!started_ || stream_.next_sequence() == origin_ + static_cast<uint32_t>(told_));
    require(bytes_.at(told_) == kUnknown && stream_.has_early() == (bytes_.size() > 0));
    const size_t own = pool_.used() - others_.size();
    require(own <= kMaxEarlyBlocks && (own > 0) == stream_.has_early());
    require(pool_.used() <= pool_.max_blocks());
    require(counters_.retransmitted == expected_.retransmitted);
    require(counters_.overlaps == expected_.overlaps);
    require(counters_.overlap_conflicts == expected_.overlap_conflicts);
    require(counters_.out_of_order == expected_.out_of_order);
    require(counters_.out_of_window == expected_.out_of_window);
    require(counters_.gaps == expected_.gaps && counters_.gap_bytes == expected_.gap_bytes);
  }

  uint32_t origin_;  // sequence number of stream offset 0
  reassembly::Pool pool_;
  reassembly::Stream stream_;
  reassembly::Counters counters_;
  reassembly::Counters expected_;
  ByteMap bytes_;
  std::vector<uint32_t> others_;
  std::deque<Acknowledged> acknowledged_;
  int64_t proven_ = 0;  // acknowledged for long enough
  int64_t told_ = 0;
  uint64_t calls_ = 0;
  uint64_t drops_ = 0;
  base::Nanos time_ = 0;
  bool started_ = false;
  bool flushing_ = false;
};

// One operation in four bytes: kind and flags, a, and b in two.
void run(Model* model, const uint8_t* operation) {
  const uint32_t a = operation[1];
  const uint32_t b = operation[2] | uint32_t{operation[3]} << 8;
  const uint8_t variant = operation[0] & 16 ? 1 : 0;
  const uint32_t cut = operation[0] & 32 ? a : 0;
  const int64_t next = model->told();
  const auto put = [&](int64_t at, uint32_t size) {
    model->segment(at, size, size + cut, variant);
  };
  switch (operation[0] % 16) {
    case 0:
      return put(next, b % 3000);
    case 1:
      return put(next + 1 + a, b % 5000);
    case 2:
      return put(next + 1 + a * 64, b % 1500);
    case 3:
      return put(next - a, b % 512);
    case 4:
      return put(next + 1 + b % 700, 1 + a % 3);
    case 5:
      return put(next + a % 4 * 30000, b);
    case 6:
      return put(next + (int64_t{1} << 30) * (a % 2 ? 1 : -1) - a / 2 * 2 + b % 1024, a);
    case 7:
      return put(next - 1, a % 2);
    case 8:  // bytes one by one
      for (uint32_t i = 0; i < a; i++) put(next + 1 + b % 64 + i, 1);
      return;
    case 9:  // a hole after each byte
      for (uint32_t i = 0; i < 2 * a; i++) put(next + 1 + b % 2048 + 2 * i, 1);
      return;
    case 10:
      return model->acknowledge(next + b - 16);
    case 11:
      for (uint32_t i = 0; i < a % 40; i++) model->acknowledge(next + b % 4096);
      return;
    case 12:
      return model->flush();
    case 13:
      return model->clear();
    case 14:
      return model->start(a << 24 | b);
    default:
      return a % 2 ? model->take_blocks(a / 2) : model->give_blocks(a / 2);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  static constexpr uint32_t kBlocks[] = {1, 5, 40, 700};
  const uint32_t origin = 0u - (data[0] | uint32_t{data[1]} << 8) * (data[2] & 4 ? 1 : 65521);
  Model model(origin, kBlocks[data[2] % 4]);
  if (data[3] & 1) model.start(origin);
  for (size_t i = 4; i + 4 <= size && i < 4 * kMaxOperations; i += 4) run(&model, data + i);
  model.check_progress();
  model.flush();
  model.clear();
  return 0;
}
