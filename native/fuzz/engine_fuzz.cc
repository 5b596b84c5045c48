// Packets of two TCP connections, with all that hosts and captures do to them, through the engine
// to its records, against tcp_reference.h: data in and out of order, repeated, overlapping with
// other bytes, cut; FIN, RST, numbers that wrap, ports used again, silence, memory at its limit.
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>

#include "capture/source.h"
#include "engine/engine.h"
#include "fuzz/tcp_reference.h"

using namespace pbfast;
using fuzz::Packet;
using fuzz::require;

namespace {

constexpr size_t kMaxOperations = 100;
constexpr int kConnections = 2;
constexpr int64_t kFarEnough = fuzz::kWindow / 2;  // of bytes told, then the ports are used again
constexpr uint16_t kClientPort = 40000, kServerPort = 80;
constexpr uint32_t kHeaders = 40;
using namespace decode::tcp_flags;

void write_be(uint8_t* to, uint32_t value, int size) {
  for (int i = 0; i < size; i++) to[i] = static_cast<uint8_t>(value >> 8 * (size - 1 - i));
}

// Turns operations into packets, one at a time, and sees what the engine told of each before the
// next.
class Feed final : public capture::Source {
 public:
  Feed(const uint8_t* data, size_t size, handoff::Ring* ring) : ring_(ring) {
    strict_ = data[1] & 1;
    number_ = data[2] * 0x02020202u;
    if (data[2] % 4 == 0) number_ = 0u - data[3] * 16u;
    for (size_t i = 4; i + 4 <= size && i < 4 * kMaxOperations; i += 4)
      operations_.push_back(data + i);
    if (strict_) cap_ = 2000;
    static constexpr uint32_t kBlocks[] = {3, 12, 40, 700};
    if (!strict_) cap_ = kBlocks[data[0] % 4];
  }
  uint64_t cap() const { return uint64_t{cap_} * reassembly::kBlockMemory; }
  void watch(const engine::Engine* engine) { engine_ = engine; }

  capture::Status next(capture::Batch* batch, int) override {
    batch->count = 0;
    finish_packet();
    while (queue_.empty() && !operations_.empty()) {
      expand(operations_.front());
      operations_.pop_front();
    }
    if (queue_.empty()) return capture::Status::kEnd;
    sent_ = queue_.front();
    queue_.pop_front();
    if (!sent_.pause) of(sent_).before(sent_);
    batch->frames[batch->count++] = build(sent_);
    return capture::Status::kFrames;
  }
  capture::SourceCounters counters() override { return {}; }
  bool is_live() const override { return false; }
  const std::string& message() const override { return message_; }

  // Records of what the engine made of the last packet.
  void take_records() {
    uint32_t offset;
    while (const uint32_t count = ring_->take(0, &offset)) {
      for (uint32_t i = 0; i < count; i++) {
        handoff::Record record;
        std::memcpy(&record, ring_->memory() + offset + i * sizeof record, sizeof record);
        take(record);
      }
      ring_->release();
    }
  }
  void finish() {
    take_records();
    for (fuzz::TcpReference& reference : references_) reference.finish();
  }

 private:
  fuzz::TcpReference& of(const Packet& packet) { return references_[packet.connection]; }
  void finish_packet() {
    take_records();
    if (engine_) require(engine_->bytes_waiting() <= cap());
    if (sent_.valid && !sent_.pause) of(sent_).after(sent_);
    for (fuzz::TcpReference& r : references_) {
      if (sent_.valid && sent_.pause) r.rest(sent_.pause);
      if (strict_) r.check_prompt();
    }
    sent_.valid = false;
  }
  void take(const handoff::Record& record) {
    const uint8_t* payload = ring_->memory() + record.offset;
    const auto kind = static_cast<handoff::Kind>(record.kind);
    if (kind == handoff::Kind::kFlowOpen) {
      handoff::FlowInfo info;
      std::memcpy(&info, payload, sizeof info);
      const bool from_server = info.source_port == kServerPort;
      const int i = (from_server ? info.destination_port : info.source_port) - kClientPort;
      require(i >= 0 && i < kConnections);
      references_[i].on_open(record, from_server);
      return;
    }
    for (fuzz::TcpReference& r : references_) {
      if (kind == handoff::Kind::kData && r.is(record)) r.on_data(record, payload);
      if (kind == handoff::Kind::kGap && r.is(record)) r.on_gap(record);
      if (kind == handoff::Kind::kFlowEnd && r.is(record)) r.on_end(record);
    }
  }
  // Another connection on the same ports.
  void shake_hands(int connection, int opener) {
    for (int i = 0; i < 2; i++) {
      Packet p{};
      p.connection = connection;
      p.side = i == 0 ? opener : 1 - opener;
      p.flags = i == 0 ? kSyn : kSyn | kAck;
      number_ = number_ * 5 + 0x3fffff01;
      p.number = number_;
      p.opens = true;
      p.valid = true;
      queue_.push_back(p);
    }
  }
  void pause(base::Nanos duration) {
    Packet p{};
    p.pause = duration;
    p.valid = true;
    queue_.push_back(p);
  }
  void expand(const uint8_t* operation);
  void put(const uint8_t* o, int64_t at, uint32_t size, uint8_t flags = 0, int64_t ahead = 0) {
    Packet p{};
    p.connection = o[0] >> 4 & 1;
    p.side = o[0] >> 5 & 1;
    p.variant = o[0] >> 6 & 1;
    p.at = std::max<int64_t>(at, 0);
    p.size = size;
    p.captured = o[3] % 16 == 5 ? (size + 1) / 2 : size;
    p.flags = flags | (!strict_ && o[0] & 128 ? kAck : 0);
    p.ahead = ahead;
    p.valid = true;
    queue_.push_back(p);
  }
  decode::Frame build(const Packet& p) {
    std::fill_n(bytes_, kHeaders, uint8_t{0});
    time_ += p.pause;
    const fuzz::TcpReference& r = references_[p.connection];
    bytes_[0] = 0x45;
    write_be(bytes_ + 2, kHeaders + p.size, 2);
    bytes_[9] = p.pause ? 17 : 6;
    write_be(bytes_ + 12, 0x0a000001 + static_cast<uint32_t>(p.side), 4);
    write_be(bytes_ + 16, 0x0a000002 - static_cast<uint32_t>(p.side), 4);
    const uint32_t client = p.pause ? 9 : kClientPort + static_cast<uint32_t>(p.connection);
    const uint32_t server = p.pause ? 9 : kServerPort;
    write_be(bytes_ + 20, p.side ? server : client, 2);
    write_be(bytes_ + 22, p.side ? client : server, 2);
    if (p.pause) write_be(bytes_ + 24, 20, 2);
    if (!p.pause) {
      write_be(bytes_ + 24, p.opens ? p.number : r.sequence(p), 4);
      if (p.flags & kAck) write_be(bytes_ + 28, r.acknowledgment(p), 4);
      write_be(bytes_ + 32, 5u << 12 | p.flags, 2);
    }
    for (uint32_t i = 0; i < p.captured; i++) bytes_[kHeaders + i] = fuzz::byte_at(p, p.at + i);
    decode::Frame frame;
    frame.data = bytes_;
    frame.captured = kHeaders + p.captured;
    frame.wire = kHeaders + p.size;
    frame.time = time_;
    frame.link_type = 101;
    return frame;
  }

  handoff::Ring* ring_;
  const engine::Engine* engine_ = nullptr;
  bool strict_;  // nothing makes bytes wait but holes, and nothing makes holes be given up
  uint32_t cap_ = 0, number_;
  std::deque<const uint8_t*> operations_;
  std::deque<Packet> queue_;
  Packet sent_{};
  fuzz::TcpReference references_[kConnections];
  base::Nanos time_ = 1000 * base::kSecond;
  uint8_t bytes_[kHeaders + 4096];
  std::string message_;
};

// In four bytes: kind, connection, side and variant; a; b in two.
void Feed::expand(const uint8_t* o) {
  const int connection = o[0] >> 4 & 1, side = o[0] >> 5 & 1;
  const uint32_t a = o[1], b = o[2] | uint32_t{o[3]} << 8;
  const fuzz::TcpReference& r = references_[connection];
  const int64_t next = r.told(side);
  const uint32_t kind = o[0] % 16;
  if (r.needs_handshake() || next > kFarEnough || r.told(1 - side) > kFarEnough)
    return shake_hands(connection, a % 4 == 3 ? 1 : 0);
  switch (kind) {
    case 0:
    case 1:
      return put(o, next, 1 + a);
    case 2:
      return put(o, next + 1 + b % 300, 1 + a);
    case 3:
      return put(o, next - a % 64, 1 + b % 256);
    case 4:
      return put(o, next - a, 1 + b % 64);
    case 5:
      return put(o, next + a % 4 * 1000, 1 + b % 3000);
    case 6:  // holes
      for (uint32_t i = 0; i < a % 32; i++) put(o, next + 1 + b % 512 + 2 * i, 1);
      return;
    case 7:
      return put(o, next, 0, strict_ ? 0 : kAck, b % 1024);
    case 8:
      for (uint32_t i = 0; i < a % 24; i++) put(o, next, 0, strict_ ? 0 : kAck, b % 1024);
      return;
    case 9:
    case 10:
      return put(o, next + (a & 1 ? 0 : b % 64), a & 2 ? 1 + a / 4 : 0, kFin);
    case 11:
      return a % 4 == 0 ? put(o, next + b % 64, 0, kRst) : put(o, next, 0, kRst, fuzz::kFar + b);
    case 12:
      if (a % 4 == 0) return shake_hands(connection, a & 4 ? 1 : 0);
      return put(o, next + 64 + b % 64, 1 + a);
    case 13:
      return a % 2 && !r.is_closed() ? put(o, 0, 0, kSyn) : put(o, next + b % 8, 1 + a % 8);
    case 14: {
      static constexpr base::Nanos kPauses[] = {3, 12, 60, 350};  // in tenths of a second
      return strict_ ? put(o, next + 1, 2) : pause(kPauses[a % 4] * base::kSecond / 10);
    }
    default:
      return put(o, next + b % 4096, 1 + a * 4);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 8) return 0;
  static handoff::Ring ring(8);
  static engine::Options options = [] {
    engine::Options made;
    made.tcp_ports.set(kServerPort);
    made.table.max_flows = flow::kMinMaxFlows;
    return made;
  }();
  auto owned = std::make_unique<Feed>(data, size, &ring);
  // The engine lets go of its source when it has run.
  struct Lent final : capture::Source {
    explicit Lent(Feed* to) : feed(to) {}
    capture::Status next(capture::Batch* batch, int wait_ms) override {
      return feed->next(batch, wait_ms);
    }
    capture::SourceCounters counters() override { return {}; }
    bool is_live() const override { return false; }
    const std::string& message() const override { return feed->message(); }
    Feed* feed;
  };
  options.reassembly_bytes = owned->cap();
  engine::Engine engine(options, std::make_unique<Lent>(owned.get()), &ring);
  owned->watch(&engine);
  engine.run();
  owned->finish();
  require(engine.counters().flows_created == engine.counters().flows_ended);
  require(engine.bytes_waiting() == 0);
  return 0;
}
