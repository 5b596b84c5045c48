// Both directions of a connection, first as two programs would send it, then as a bad capture of it
// shows it: packets lost, moved, cut, repeated, with other bytes. Of each byte the first copy that
// came in time is told, once; only bytes that did not come are in gaps; the rest lies below a
// beginning picked up midway. When nothing is lost and packets move by no more than kMaxReordering
// places, nothing is missing, and no answer is told before what it answers.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "reassembly/connection.h"

using namespace pbfast;
using reassembly::kMaxReordering;

namespace {

constexpr uint32_t kMaxTurns = 40, kMaxPackets = 600;
// What became of a byte, where it is not the value of its first copy.
constexpr int16_t kUnknown = -1, kCut = -2, kTold = -3;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Packet {
  int dir;
  uint32_t offset, size;  // of the stream
  uint32_t after;         // of the other direction it acknowledges what lies below
  bool syn = false, fin = false;
  uint32_t cut = 0;  // bytes that the capture has not
  uint8_t variant = 0;
  uint32_t place = 0;
};

uint8_t byte_at(int dir, uint64_t offset, uint8_t variant) {
  const uint64_t changed = offset % 8 == 3 ? variant : 0;
  return static_cast<uint8_t>((offset >> 8) * 31 + offset * 7 + static_cast<uint64_t>(dir) * 100 +
                              changed);
}

class Conversation {
 public:
  // Turns: who speaks, how much, and whether the other is read before.
  void speak(int dir, uint32_t size, bool reads, uint32_t segment) {
    if (reads) read_[dir] = sent_[1 - dir];
    needs[dir].resize(needs[dir].size() + size, read_[dir]);
    for (uint32_t left = size; left > 0;) {
      const uint32_t part = std::min(left, segment);
      packets.push_back({dir, sent_[dir], part, read_[dir]});
      sent_[dir] += part;
      left -= part;
    }
  }
  void shake_hands() {
    for (int dir = 0; dir < 2; dir++) packets.push_back({dir, 0, 0, 0, true});
  }
  // A FIN takes a number too.
  void part() {
    packets.push_back({0, sent_[0], 0, sent_[1], false, true});
    packets.push_back({1, sent_[1], 0, sent_[0] + 1, false, true});
    packets.push_back({0, sent_[0], 0, sent_[1] + 1});
  }
  uint32_t sent(int dir) const { return sent_[dir]; }

  std::vector<Packet> packets;
  std::vector<uint32_t> needs[2];  // by byte: what its sender had read of the other direction

 private:
  uint32_t sent_[2] = {}, read_[2] = {};
};

class Capture final : public reassembly::Sink {
 public:
  Capture(const Conversation* talk, uint32_t blocks, uint32_t isn, bool causal)
      : talk_(talk),
        pool_(uint64_t{blocks} * reassembly::kBlockMemory),
        isn_{isn, ~isn},
        causal_(causal) {
    // Acknowledged FINs that were lost count as bytes.
    for (int dir = 0; dir < 2; dir++) bytes_[dir].resize(talk->sent(dir) + 1, kUnknown);
  }
  void on_bytes(uint64_t offset, const uint8_t* data, uint32_t size, base::Nanos) override {
    const uint64_t at = advance(offset, size);
    for (uint32_t i = 0; i < size; i++) {
      require(bytes_[dir_][at + i] == data[i]);
      bytes_[dir_][at + i] = kTold;
    }
    if (causal_) require(told_[1 - dir_] >= talk_->needs[dir_][at]);
  }
  void on_gap(uint64_t offset, uint64_t size, base::Nanos) override {
    const uint64_t at = advance(offset, size);
    gap_bytes_ += size;
    for (uint64_t i = 0; i < size; i++) {
      require(bytes_[dir_][at + i] == kUnknown || bytes_[dir_][at + i] == kCut);
      bytes_[dir_][at + i] = kTold;
    }
  }
  void show(const Packet& p) {
    const reassembly::Connection::Means means{&pool_, &counters_};
    const auto aim = [&](int dir) { return dir_ = dir, this; };
    const uint32_t sequence = isn_[p.dir] + 1 + p.offset, after = isn_[1 - p.dir] + 1 + p.after;
    if (p.syn) connection_.syn(p.dir, isn_[p.dir], means);
    if (p.size > 0) {
      data_.resize(p.size - p.cut);
      for (uint32_t i = 0; i < data_.size(); i++)
        data_[i] = byte_at(p.dir, p.offset + i, p.variant);
      note(p);
      connection_.segment(p.dir,
                          {sequence, data_.data(), p.size - p.cut, p.size, ++time_, true, after},
                          means, aim);
    }
    if (p.fin) connection_.fin(p.dir, sequence);
    if (!p.syn) connection_.acknowledge(p.dir, after, ++time_, means, aim);
    connection_.settle(time_, means, aim);
    check();
  }
  void end() {
    connection_.flush(++time_, {&pool_, &counters_}, [&](int dir) { return dir_ = dir, this; });
    check();
    require(!connection_.has_early() && pool_.used() == 0);
    for (const auto& bytes : bytes_) {
      require(std::all_of(bytes.begin(), bytes.end(),
                          [](int16_t byte) { return byte == kUnknown || byte == kTold; }));
    }
  }
  // All was told, and that it is over.
  void check_complete() const {
    require(counters_.gaps == 0 && counters_.memory_drops == 0 && connection_.is_over());
    for (int dir = 0; dir < 2; dir++) require(told_[dir] == talk_->sent(dir));
  }

 private:
  // Place in the conversation of what is told next, `size` bytes.
  uint64_t advance(uint64_t offset, uint64_t size) {
    require(size > 0 && offset == told_[dir_]);
    told_[dir_] += size;
    require(beginning(dir_) + told_[dir_] <= bytes_[dir_].size());
    return beginning(dir_) + offset;
  }
  // Of a direction picked up midway, what the stream says; 0 after a SYN.
  uint64_t beginning(int dir) const {
    const reassembly::Stream& stream = connection_.stream(dir);
    return stream.next_sequence() - (isn_[dir] + 1) - static_cast<uint32_t>(stream.offset());
  }
  // The first copy wins of what was not told or given up yet.
  void note(const Packet& p) {
    const bool started = connection_.stream(p.dir).started();
    const uint64_t next = started ? beginning(p.dir) + told_[p.dir] : 0;
    for (uint64_t at = std::max<uint64_t>(p.offset, next); at < p.offset + p.size; at++) {
      const uint64_t i = at - p.offset;
      if (bytes_[p.dir][at] == kUnknown) bytes_[p.dir][at] = i < data_.size() ? data_[i] : kCut;
    }
  }
  void check() const {
    require(pool_.used() <= pool_.max_blocks() && counters_.gap_bytes == gap_bytes_);
    for (int dir = 0; dir < 2; dir++) require(connection_.stream(dir).offset() == told_[dir]);
  }

  const Conversation* talk_;
  reassembly::Pool pool_;
  reassembly::Counters counters_;
  reassembly::Connection connection_;
  uint32_t isn_[2];
  bool causal_;
  int dir_ = 0;  // that on_bytes and on_gap are about
  std::vector<int16_t> bytes_[2];
  std::vector<uint8_t> data_;
  uint64_t told_[2] = {}, gap_bytes_ = 0;
  base::Nanos time_ = 0;
};

// What a bad capture makes of a packet.
void spoil(Packet* packet, uint8_t fate, uint8_t extent, const Conversation& talk) {
  if (packet->size == 0) return;
  if (fate % 32 == 9) packet->cut = packet->size / 2;
  packet->variant = fate % 8 == 3 ? 1 : 0;
  if (fate % 16 != 13) return;
  const uint32_t back = std::min<uint32_t>(packet->offset, extent);
  packet->offset -= back;
  packet->size =
      std::min(packet->size + back + extent % 16, talk.sent(packet->dir) - packet->offset);
}

std::vector<Packet> shown(const Conversation& talk, const uint8_t* data, size_t size,
                          bool faithful) {
  std::vector<Packet> packets;
  for (uint32_t i = 0; i < talk.packets.size() && i < kMaxPackets; i++) {
    Packet packet = talk.packets[i];
    const uint8_t fate = data[(i * 5 + 3) % size];
    packet.place = i * 2 + (packet.syn ? 0 : fate % (faithful ? kMaxReordering : 40) * 2);
    if (!faithful && fate % 32 == 7) continue;
    packets.push_back(packet);
    if (!faithful) spoil(&packets.back(), fate, data[(i * 3 + 1) % size], talk);
    if (fate % 16 == 5) packets.push_back(packet), packets.back().place += 3;
  }
  std::stable_sort(packets.begin(), packets.end(),
                   [](const Packet& a, const Packet& b) { return a.place < b.place; });
  return packets;
}

}  // namespace

// A head of four bytes, then a turn in three bytes; what the capture does to the packets is taken
// from the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const bool shakes = data[0] & 1, faithful = data[0] & 2;
  static constexpr uint32_t kBlocks[] = {700, 700, 12, 3};
  static constexpr uint32_t kNumbers[] = {0, 0xffffffff, 0xffffff00, 0x7fffffff, 0x80000000};
  Conversation talk;
  if (shakes) talk.shake_hands();
  for (size_t i = 4; i + 3 <= size && i < 4 + 3 * kMaxTurns; i += 3) {
    const bool large = (data[i] & 0x74) == 0x44;
    talk.speak(data[i] & 1, 1 + data[i + 1] * (large ? 20u : 1u), data[i] & 2,
               1 + data[i + 2] * (data[i] & 8 ? 16u : 1u));
  }
  talk.part();
  const bool complete = faithful && shakes && talk.packets.size() <= kMaxPackets && data[2] % 4 < 2;
  Capture capture(&talk, kBlocks[data[2] % 4], kNumbers[data[1] % 5] - data[1] / 5 * 3, complete);
  for (const Packet& packet : shown(talk, data, size, faithful)) capture.show(packet);
  capture.end();
  if (complete) capture.check_complete();
  return 0;
}
