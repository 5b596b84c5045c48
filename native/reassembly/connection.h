// Both directions of a TCP connection, each in the order of its numbers and both in the order of
// cause and effect: bytes wait until what they acknowledge was told, so that captures which mix the
// directions up (several queues, taps, merged files) show no answer before its question.
//
// A connection whose SYN was not seen is picked up midway. The first packets of each direction wait
// for a while: the SYN, or bytes from before them, may still come.
#pragma once
#include <utility>

#include "reassembly/stream.h"

namespace pbfast::reassembly {

// Calls after which bytes no longer wait for what they acknowledge. More than it takes to give up a
// proven hole: the gap is told before the bytes that prove it.
inline constexpr uint8_t kMaxHold = kAckGrace + 4;
// Packets after the first one seen within which all come that belong before it: it may have moved
// by kMaxReordering to the front, they as far back.
inline constexpr uint8_t kMaxLate = 2 * kMaxReordering;

class Connection {
 public:
  // What streams work with. `Aim`, below: a callable that turns a direction into its Sink*.
  struct Means {
    Pool* pool;
    Counters* counters;
  };

  const Stream& stream(int dir) const { return stream_[dir]; }
  bool has_early() const { return stream_[0].has_early() || stream_[1].has_early(); }
  // Something is due without a further packet: bytes, or an end that may have overtaken them.
  bool waits() const { return has_early() || (fin_seen_[0] && fin_seen_[1] && is_opening()); }

  // Bytes are missing, as far as is known: something waits, and not only for the other direction.
  bool has_hole(const Pool& pool) const {
    for (const Stream& stream : stream_) {
      if (stream.started() && stream.has_early() && !stream.is_held(pool)) return true;
    }
    return false;
  }

  // The directions are named the other way round. Nothing may have been told yet.
  void turn_round() {
    std::swap(stream_[0], stream_[1]);
    std::swap(fin_sequence_[0], fin_sequence_[1]);
    std::swap(fin_seen_[0], fin_seen_[1]);
    std::swap(syn_seen_[0], syn_seen_[1]);
    std::swap(opening_[0], opening_[1]);
    std::swap(noted_[0], noted_[1]);
    std::swap(acknowledged_[0], acknowledged_[1]);
  }

  // The SYN of `dir` has this number.
  void syn(int dir, uint32_t sequence, const Means& means) {
    if (syn_seen_[dir]) return;
    syn_seen_[dir] = true;
    stream_[dir].start(sequence + 1, means.pool);
  }
  bool has_syn(int dir) const { return syn_seen_[dir]; }
  // The FIN of `dir` follows the byte before this number.
  void fin(int dir, uint32_t sequence) {
    if (fin_seen_[dir]) return;
    fin_seen_[dir] = true;
    fin_sequence_[dir] = sequence;
  }
  // Both FINs are in order.
  bool is_over() const { return is_over(0) && is_over(1); }

  // Payload of `dir`.
  template <class Aim>
  void segment(int dir, const Segment& segment, const Means& means, Aim aim) {
    Stream& own = stream_[dir];
    set_limit(dir);
    auto* sink = aim(dir);
    if (!own.started()) {
      if (!own.has_early()) opening_[dir] = kMaxLate;
      own.collect(segment, means.pool, means.counters, sink);
    } else {
      own.segment(segment, means.pool, means.counters, sink);
    }
  }
  // `dir` acknowledges what the other direction sent.
  template <class Aim>
  void acknowledge(int dir, uint32_t acknowledgment, base::Nanos time, const Means& means,
                   Aim aim) {
    const int other = 1 - dir;
    Stream& stream = stream_[other];
    if (!stream.started()) {
      note_acknowledged(other, acknowledgment);
      return;
    }
    // RFC 9293 3.4: a FIN takes a sequence number, but is no byte of the stream.
    if (fin_seen_[other] && distance(acknowledgment, fin_sequence_[other]) > 0)
      acknowledgment = fin_sequence_[other];
    stream.acknowledge(acknowledgment, time, means.pool, means.counters, aim(other));
  }
  // After each packet: tells what has become due in both directions.
  template <class Aim>
  void settle(base::Nanos time, const Means& means, Aim aim) {
    if (is_opening()) count_opening();
    if (!has_early()) return;
    deliver(means, aim);
    if (!stream_[0].is_held(*means.pool) && !stream_[1].is_held(*means.pool)) {
      held_ = 0;
    } else if (++held_ > kMaxHold) {
      give_up_one(time, means, aim);
      deliver(means, aim);
      held_ = 0;
    }
  }
  // Gives up all that is missing and tells what waits. The connection ends, or was silent for long.
  template <class Aim>
  void flush(base::Nanos time, const Means& means, Aim aim) {
    bool begins[2];
    for (int dir = 0; dir < 2; dir++) {
      begins[dir] = !stream_[dir].started();
      begin(dir);
    }
    for (deliver(means, aim); has_early(); deliver(means, aim)) give_up_one(time, means, aim);
    for (int dir = 0; dir < 2; dir++) {
      Stream& stream = stream_[dir];
      stream.flush(time, means.pool, means.counters, aim(dir));
      uint32_t end = stream.next_sequence();
      if (fin_seen_[dir])
        end = fin_sequence_[dir];
      else if (begins[dir] && noted_[dir] && distance(acknowledged_[dir], end) > 1)
        end = acknowledged_[dir];
      stream.end_at(end, time, means.counters, aim(dir));
    }
  }
  void clear(Pool* pool) {
    for (Stream& stream : stream_) stream.clear(pool);
  }

 private:
  // The first byte of `dir` is not known yet: what is missing at its end is found at flush().
  void note_acknowledged(int dir, uint32_t acknowledgment) {
    if (noted_[dir] && distance(acknowledgment, acknowledged_[dir]) <= 0) return;
    noted_[dir] = true;
    acknowledged_[dir] = acknowledgment;
  }
  // What bytes against `dir` may acknowledge: all that was told of it, and its FIN.
  uint32_t told(int dir) const {
    const uint32_t next = stream_[dir].next_sequence();
    return next + (fin_seen_[dir] && next == fin_sequence_[dir] ? 1 : 0);
  }
  // Until both first bytes are known nothing is told; a side that was not seen for long limits
  // nothing.
  void set_limit(int dir) {
    if (stream_[1 - dir].started()) {
      stream_[dir].limit(told(1 - dir));
    } else if (opening_[1 - dir] > 0) {
      stream_[dir].hold();
    } else {
      stream_[dir].unlimit();
    }
  }
  bool is_over(int dir) const {
    const Stream& stream = stream_[dir];
    if (!stream.started()) return fin_seen_[dir] && opening_[dir] == 0;
    return fin_seen_[dir] && distance(stream.next_sequence(), fin_sequence_[dir]) >= 0;
  }
  bool is_opening() const { return (opening_[0] | opening_[1]) > 0; }
  void count_opening() {
    for (int dir = 0; dir < 2; dir++) {
      if (stream_[dir].started() || opening_[dir] <= 1) {
        begin(dir);
      } else {
        opening_[dir]--;
      }
    }
  }
  // The first byte of `dir` is the lowest that came; while none did, that of the next segments.
  void begin(int dir) {
    opening_[dir] = 0;
    stream_[dir].begin();
  }
  template <class Aim>
  void deliver(const Means& means, Aim aim) {
    for (bool again = true; again;) {
      again = false;
      for (int dir = 0; dir < 2; dir++) {
        Stream& stream = stream_[dir];
        if (!stream.has_early() || !stream.started()) continue;
        set_limit(dir);
        again |= stream.release(means.pool, means.counters, aim(dir));
      }
    }
  }
  // A hole rather than the order of cause and effect.
  template <class Aim>
  void give_up_one(base::Nanos time, const Means& means, Aim aim) {
    const auto lacks = [&](const Stream& stream) {
      return stream.waits() && !stream.is_held(*means.pool);
    };
    const bool second = !lacks(stream_[0]) && (lacks(stream_[1]) || !stream_[0].waits());
    const int dir = second ? 1 : 0;
    stream_[dir].give_up_first(time, means.pool, means.counters, aim(dir));
  }

  Stream stream_[2];
  uint32_t fin_sequence_[2] = {};  // of the FIN, when fin_seen
  bool fin_seen_[2] = {};
  bool syn_seen_[2] = {};
  bool noted_[2] = {};
  uint32_t acknowledged_[2] = {};              // noted while the direction had not begun
  uint8_t opening_[2] = {kMaxLate, kMaxLate};  // packets that the first byte is still waited for
  uint8_t held_ = 0;                           // calls since something is held
};

}  // namespace pbfast::reassembly
