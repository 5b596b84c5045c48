// What the records of a TCP connection must say: of each byte the first copy that came in time,
// once; gaps only where nothing came; all that waits before the end. It knows packets and records,
// nothing of how the engine works.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "decode/packet_view.h"
#include "handoff/record.h"

namespace pbfast::fuzz {

inline constexpr int64_t kWindow = 8000;                       // stream bytes a list may reach
inline constexpr int64_t kFar = (int64_t{1} << 30) + kWindow;  // of no window

inline void require(bool holds) {
  if (!holds) std::abort();
}

struct Packet {
  int connection, side;  // side 0: the client's port
  int64_t at;            // stream offset of the payload
  uint32_t size, captured;
  uint8_t flags, variant;
  int64_t ahead;      // of the acknowledgment; of a RST's number
  uint32_t number;    // of a SYN that
  bool opens;         // another connection
  base::Nanos pause;  // not a packet of a connection: time goes on
  bool valid;
};

inline uint8_t byte_at(const Packet& p, int64_t offset) {
  const int64_t changed = offset % 8 == 3 ? p.variant : 0;
  return static_cast<uint8_t>((offset >> 8) * 31 + offset * 7 + p.side * 100 + p.connection * 50 +
                              changed);
}

class TcpReference {
 public:
  TcpReference() {
    for (Side& side : side_) side.first.assign(kWindow + 8192, kUnknown);
  }
  int64_t told(int side) const { return side_[side].told; }
  bool is_closed() const { return closed_; }
  bool needs_handshake() const { return !opened_ || gone_; }
  uint32_t sequence(const Packet& p) const {
    const bool syn = p.flags & decode::tcp_flags::kSyn, rst = p.flags & decode::tcp_flags::kRst;
    return side_[p.side].isn + (syn ? 0 : 1) + static_cast<uint32_t>(p.at + (rst ? p.ahead : 0));
  }
  uint32_t acknowledgment(const Packet& p) const {
    const Side& other = side_[1 - p.side];
    return other.isn + 1 + static_cast<uint32_t>(other.told + p.ahead);
  }

  // The packet is about to be seen; after(): its records were.
  void before(const Packet& p) {
    using namespace decode::tcp_flags;
    idle_ = 0;
    if (p.flags & kSyn || !opened_) return;
    if (packets_++ == 0) silent_ = p.at > 0 || p.size == 0;
    if (closed_ || p.flags & kRst) return;
    Side& side = side_[p.side];
    for (int64_t i = std::max(p.at, side.told); i < p.at + p.size; i++) {
      if (side.first[i] == kUnknown) side.first[i] = i - p.at < p.captured ? byte_at(p, i) : kCut;
      side.used = std::max(side.used, i + 1);
    }
    if (p.flags & kFin && side.fin < 0) side.fin = p.at + p.size;
  }
  void after(const Packet& p) {
    using namespace decode::tcp_flags;
    if (p.opens) return on_syn(p);
    if (closed_) return require(!is_live());
    if (p.flags & kRst && p.ahead == 0) return close();
    const Side &a = side_[0], &b = side_[1];
    const bool over = a.fin >= 0 && b.fin >= 0;
    if (ended_) {
      require(over && reason_ == handoff::EndReason::kFin);
      for (const Side& side : side_) require(side.told >= side.fin || unseen_gap(side));
      return close();
    }
    // One that means nothing is not looked at further.
    if (p.flags & kRst) return;
    if (over && a.told >= a.fin && b.told >= b.fin) return close();
  }
  // Time went on by `pause` since the last packet.
  void rest(base::Nanos pause) {
    idle_ += pause;
    if (ended_ && !closed_) {
      const bool over = side_[0].fin >= 0 && side_[1].fin >= 0;
      require(reason_ == handoff::EndReason::kIdle ||
              (over && reason_ == handoff::EndReason::kFin));
      close();
    }
    if ((closed_ || !announced_) && idle_ > base::kSecond) gone_ = true;
  }
  void finish() {
    if (opened_ && !closed_) close();
  }
  // Nothing but a hole makes bytes wait.
  void check_prompt() const {
    for (const Side& side : side_)
      require(closed_ || unseen_gap(side) || side.first[side.told] == kUnknown);
  }

  bool is(const handoff::Record& r) const {
    return announced_ && r.flow == slot_ && r.generation == generation_;
  }
  void on_open(const handoff::Record& record, bool from_server) {
    require(opened_ && !announced_ && !closed_);
    announced_ = true;
    from_server_ = from_server;
    slot_ = record.flow;
    generation_ = record.generation;
  }
  void on_data(const handoff::Record& record, const uint8_t* data) {
    Side& side = take(record);
    for (uint32_t i = 0; i < record.length; i++, side.told++) {
      require(side.first[side.told] == data[i]);
      side.first[side.told] = kUnknown;
    }
  }
  void on_gap(const handoff::Record& record) {
    Side& side = take(record);
    for (uint32_t i = 0; i < record.length; i++, side.told++) {
      require(side.first[side.told] < 0);
      side.first[side.told] = kUnknown;
    }
  }
  void on_end(const handoff::Record& record) {
    require(!ended_);
    ended_ = true;
    reason_ = static_cast<handoff::EndReason>(record.flags);
  }

 private:
  static constexpr int16_t kUnknown = -1, kCut = -2;
  struct Side {
    uint32_t isn = 0;
    int64_t told = 0, fin = -1, used = 0;
    std::vector<int16_t> first;  // by stream offset: the first copy of a byte not told yet
  };
  bool is_live() const { return announced_ && !ended_; }
  // What is missing before the first bytes of a flow is not told: there is no flow yet.
  bool unseen_gap(const Side& side) const { return side.told == 0 && (silent_ || !announced_); }
  Side& take(const handoff::Record& record) {
    Side& side = side_[record.direction ^ (from_server_ ? 1 : 0)];
    require(!ended_ && record.length > 0);
    if (record.stream_offset != side.told) {
      require(unseen_gap(side) && record.stream_offset > 0 && record.stream_offset < kWindow);
      for (; side.told < record.stream_offset; side.told++) side.first[side.told] = kUnknown;
    }
    require(side.told + record.length <= static_cast<int64_t>(side.first.size()));
    return side;
  }
  // All that came in time was told.
  void close() {
    require(!is_live());
    closed_ = true;
    for (Side& side : side_) {
      const bool waived = unseen_gap(side);
      for (int64_t i = 0; i < side.used; i++) {
        require(waived || side.first[i] == kUnknown);
        side.first[i] = kUnknown;
      }
      side.used = 0;
    }
  }
  // One with another number ends what was on these ports.
  void on_syn(const Packet& p) {
    if (!(p.flags & decode::tcp_flags::kAck)) {
      if (opened_ && !closed_) close();
      for (Side& side : side_) side.told = 0, side.fin = -1, side.used = 0;
      announced_ = ended_ = closed_ = silent_ = gone_ = false;
      opened_ = true;
      packets_ = 0;
    }
    side_[p.side].isn = p.number;
  }

  Side side_[2];
  uint32_t slot_ = 0, generation_ = 0, packets_ = 0;
  bool opened_ = false, announced_ = false, ended_ = false, closed_ = false;
  bool silent_ = false;  // something may have been given up before it was announced
  bool gone_ = false;    // the engine may have forgotten it
  bool from_server_ = false;
  handoff::EndReason reason_ = handoff::EndReason::kNone;
  base::Nanos idle_ = 0;
};

}  // namespace pbfast::fuzz
