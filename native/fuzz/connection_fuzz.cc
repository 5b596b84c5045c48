// Both directions of a connection, first as two programs would send it, then as a bad capture of it
// shows it. Each byte is told once, or is in one gap, or below a beginning picked up midway; what
// is told are the bytes that were sent. When nothing is lost and packets move by no more than
// kMaxReordering places, nothing is missing, and no answer is told before what it answers.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "reassembly/connection.h"

using namespace pbfast;
using reassembly::kMaxReordering;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

struct Packet {
  int dir;
  uint32_t offset, size, cut;  // of the stream
  uint32_t after;              // bytes of the other direction that it acknowledges
  bool syn, fin;
  uint32_t place;
};

uint8_t byte_at(int dir, uint64_t offset) {
  return static_cast<uint8_t>((offset >> 8) * 31 + offset * 7 + static_cast<uint64_t>(dir) * 100);
}

// How far each direction is told, and whether in order.
class Ear final : public reassembly::Sink {
 public:
  void on_bytes(uint64_t offset, const uint8_t* data, uint32_t size, base::Nanos) override {
    require(size > 0 && offset == told[dir]);
    for (uint32_t i = 0; i < size; i++) require(data[i] == byte_at(dir, base[dir] + offset + i));
    told[dir] += size;
    if (!causal) return;
    // `needs` of a byte: what its sender had read of the other direction at the latest.
    require(told[1 - dir] >= (*needs[dir])[base[dir] + offset]);
  }
  void on_gap(uint64_t offset, uint64_t size, base::Nanos) override {
    require(size > 0 && offset == told[dir]);
    told[dir] += size;
    gaps += size;
  }
  int dir = 0;
  uint64_t told[2] = {}, base[2] = {}, gaps = 0;
  bool causal = false;
  const std::vector<uint32_t>* needs[2] = {};
};

class Conversation {
 public:
  // Turns: who speaks, how much, and whether the other is read before.
  void speak(int dir, uint32_t size, bool reads, uint32_t segment) {
    if (reads) read_[dir] = sent_[1 - dir];
    for (uint32_t left = size; left > 0;) {
      const uint32_t part = std::min(left, segment);
      packets.push_back({dir, sent_[dir], part, 0, read_[dir], false, false, 0});
      needs[dir].resize(needs[dir].size() + part, read_[dir]);
      sent_[dir] += part;
      left -= part;
    }
  }
  void shake_hands() {
    packets.push_back({0, 0, 0, 0, 0, true, false, 0});
    packets.push_back({1, 0, 0, 0, 0, true, false, 0});
  }
  void part() {
    for (int dir = 0; dir < 2; dir++) {
      read_[dir] = sent_[1 - dir];
      packets.push_back({dir, sent_[dir], 0, 0, read_[dir], false, true, 0});
    }
  }
  uint32_t sent(int dir) const { return sent_[dir]; }

  std::vector<Packet> packets;
  std::vector<uint32_t> needs[2];  // by byte: acknowledged with it

 private:
  uint32_t sent_[2] = {}, read_[2] = {};
};

class Capture {
 public:
  Capture(Conversation* talk, uint32_t blocks, uint32_t isn, bool shakes, bool faithful)
      : talk_(talk), pool_(uint64_t{blocks} * reassembly::kBlockMemory), isn_{isn, ~isn} {
    ear.causal = faithful && shakes;
    for (int dir = 0; dir < 2; dir++) ear.needs[dir] = &talk->needs[dir];
  }
  void show(const Packet& p) {
    const reassembly::Connection::Means means{&pool_, &counters_};
    const auto aim = [&](int dir) {
      ear.dir = dir;
      return &ear;
    };
    const uint32_t sequence = isn_[p.dir] + 1 + p.offset, after = isn_[1 - p.dir] + 1 + p.after;
    if (p.syn) connection.syn(p.dir, isn_[p.dir], means);
    if (p.size > 0) {
      note_base(p);
      std::vector<uint8_t> data(p.size - p.cut);
      for (uint32_t i = 0; i < data.size(); i++) data[i] = byte_at(p.dir, p.offset + i);
      connection.segment(
          p.dir, {sequence, data.data(), p.size - p.cut, p.size, ++time_, true, after}, means, aim);
    }
    if (p.fin) connection.fin(p.dir, sequence);
    if (!p.syn) connection.acknowledge(p.dir, after, ++time_, means, aim);
    connection.settle(time_, means, aim);
    check();
  }
  void end() {
    const reassembly::Connection::Means means{&pool_, &counters_};
    connection.flush(++time_, means, [&](int dir) {
      ear.dir = dir;
      return &ear;
    });
    check();
    require(!connection.has_early() && pool_.used() == 0);
    connection.clear(&pool_);
  }
  Ear ear;
  reassembly::Connection connection;
  const reassembly::Counters& counters() const { return counters_; }

 private:
  // Picked up midway, a direction begins with what the stream says it begins with.
  void note_base(const Packet&) {}
  void check() {
    require(pool_.used() <= pool_.max_blocks() && counters_.gap_bytes == ear.gaps);
    for (int dir = 0; dir < 2; dir++) {
      const reassembly::Stream& stream = connection.stream(dir);
      require(stream.offset() == ear.told[dir]);
      if (!stream.started()) continue;
      const uint64_t base = stream.next_sequence() - (isn_[dir] + 1) - stream.offset();
      ear.base[dir] = static_cast<uint32_t>(base);
      require(ear.base[dir] + ear.told[dir] <= talk_->sent(dir));
    }
  }
  Conversation* talk_;
  reassembly::Pool pool_;
  reassembly::Counters counters_;
  uint32_t isn_[2];
  base::Nanos time_ = 0;
};

}  // namespace

// A head of four bytes, then a turn in three bytes; what the capture does to the packets is taken
// from the same bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const bool shakes = data[0] & 1, faithful = data[0] & 2;
  static constexpr uint32_t kBlocks[] = {700, 700, 12, 3};
  Conversation talk;
  if (shakes) talk.shake_hands();
  for (size_t i = 4; i + 3 <= size && i < 3 * 40; i += 3)
    talk.speak(data[i] & 1, 1 + data[i + 1] * (data[i] & 4 ? 20u : 1u), data[i] & 2,
               1 + data[i + 2] * (data[i] & 8 ? 16u : 1u));
  talk.part();
  std::vector<Packet> shown;
  for (uint32_t i = 0; i < talk.packets.size() && i < 600; i++) {
    Packet packet = talk.packets[i];
    const uint8_t fate = data[(i * 5 + 3) % size];
    packet.place = i * 2 + (shakes && i < 2 ? 0 : fate % (faithful ? kMaxReordering : 40) * 2);
    if (!faithful && fate % 32 == 7) continue;
    if (!faithful && fate % 32 == 9) packet.cut = packet.size / 2;
    shown.push_back(packet);
    if (fate % 16 == 5) shown.push_back(packet), shown.back().place += 3;
  }
  std::stable_sort(shown.begin(), shown.end(),
                   [](const Packet& a, const Packet& b) { return a.place < b.place; });
  const bool complete = faithful && shakes && talk.packets.size() <= 600 && data[2] % 4 < 2;
  Capture capture(&talk, kBlocks[data[2] % 4], data[1] * 0x01010101u, shakes, complete);
  for (const Packet& packet : shown) capture.show(packet);
  capture.end();
  if (!complete) return 0;
  require(capture.counters().gaps == 0 && capture.counters().memory_drops == 0);
  for (int dir = 0; dir < 2; dir++) require(capture.ear.told[dir] == talk.sent(dir));
  require(capture.connection.is_over());
  return 0;
}
