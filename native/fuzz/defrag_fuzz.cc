// Lists of IP fragments, as frames, against a reference that remembers whole fragments: of IPv4
// bytes the first copy wins, overlap ends an IPv6 datagram (RFC 5722), what is whole by itself is
// no fragment (RFC 6946), and the limits hold at each step.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <vector>

#include "decode/defrag.h"

using namespace pbfast;
using decode::kMaxDatagramBytes;
using decode::kMaxFragments;

namespace {

constexpr uint8_t kUnassigned = 253;  // RFC 3692: no transport header to fail on
constexpr uint16_t kRawIp = 101;
constexpr uint32_t kHeaders[] = {20, 48};
constexpr uint32_t kLongest = 2048;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Fragment {
  uint8_t id, host, variant;
  bool v6, more;
  uint32_t start, size, captured;
  uint32_t key() const { return id | uint32_t{host} << 8 | uint32_t{v6} << 16; }
  uint32_t stop() const { return start + size; }
  uint32_t wire() const { return kHeaders[v6] + size; }
};

uint8_t byte_at(uint32_t offset, uint8_t variant) {
  return static_cast<uint8_t>(offset * 7 + (offset >> 8) + (offset % 5 == 0) * variant);
}

void write_be16(uint8_t* to, uint32_t value) {
  to[0] = static_cast<uint8_t>(value >> 8);
  to[1] = static_cast<uint8_t>(value);
}

// The frame of a fragment; `to` has room for kHeaders and kLongest.
decode::Frame frame_of(const Fragment& f, uint8_t* to) {
  std::fill_n(to, kHeaders[1], uint8_t{0});
  uint8_t* payload = to + kHeaders[f.v6];
  if (f.v6) {
    to[0] = 0x60;
    write_be16(to + 4, 8 + f.size);
    to[6] = 44;
    to[23] = f.host;
    to[40] = kUnassigned;
    write_be16(to + 42, f.start | (f.more ? 1 : 0));
    to[47] = f.id;
  } else {
    to[0] = 0x45;
    write_be16(to + 2, f.wire());
    to[5] = f.id;
    write_be16(to + 6, f.start / 8 | (f.more ? 0x2000 : 0));
    to[9] = kUnassigned;
    to[15] = f.host;
  }
  for (uint32_t i = 0; i < f.captured; i++) payload[i] = byte_at(f.start + i, f.variant);
  decode::Frame frame;
  frame.data = to;
  frame.captured = kHeaders[f.v6] + f.captured;
  frame.wire = f.wire();
  frame.link_type = kRawIp;
  return frame;
}

// One datagram as the policy says.
struct Reference {
  uint32_t key;
  base::Nanos started;
  std::vector<Fragment> fragments;
  uint32_t total = 0, end = 0, wire = 0, known = 0;  // known: behind the last byte captured
  bool dead = false;

  // True when it is whole.
  bool add(const Fragment& f) {
    if (dead) return false;
    const bool other_end = !f.more && total > 0 && total != f.stop();
    if (!f.more) total = f.stop();
    end = std::max(end, f.stop());
    dead = other_end || end > kMaxDatagramBytes || (total > 0 && end > total) ||
           fragments.size() == kMaxFragments || breaks_v6(f);
    fragments.push_back(f);
    wire += f.wire();
    known = std::max(known, f.start + f.captured);
    return !dead && total > 0 && covered() == total;
  }
  // RFC 5722, errata 3089: one that came twice does no harm.
  bool breaks_v6(const Fragment& f) const {
    if (!f.v6 || f.size == 0) return false;
    return std::any_of(fragments.begin(), fragments.end(), [&](const Fragment& old) {
      const bool same = old.start == f.start && old.size == f.size;
      return old.size > 0 && old.start < f.stop() && f.start < old.stop() && !same;
    });
  }
  uint32_t covered() const {
    std::vector<Fragment> sorted = fragments;
    std::sort(sorted.begin(), sorted.end(),
              [](const Fragment& a, const Fragment& b) { return a.start < b.start; });
    uint32_t sum = 0, reached = 0;
    for (const Fragment& f : sorted) {
      if (f.stop() <= reached) continue;
      sum += f.stop() - std::max(f.start, reached);
      reached = f.stop();
    }
    return sum;
  }
  void compare(const decode::PacketView& view) const {
    std::vector<int> bytes(total);  // -1: cut by the capture
    for (auto f = fragments.rbegin(); f != fragments.rend(); ++f) {
      for (uint32_t i = 0; i < f->size; i++)
        bytes[f->start + i] = i < f->captured ? byte_at(f->start + i, f->variant) : -1;
    }
    const auto cut = std::find(bytes.begin(), bytes.end(), -1);
    require(view.payload_wire == total && view.wire == wire);
    require(view.payload_captured == cut - bytes.begin());
    require(std::equal(bytes.begin(), cut, view.payload));
  }
};

class Model {
 public:
  explicit Model(const decode::DefragLimits& limits)
      : limits_(limits), defragmenter_({1, 2}, limits) {}

  // Where the datagram of `f` ends so far, to continue it.
  uint32_t end_of(const Fragment& f) {
    for (const Reference& r : references_) {
      if (r.key == f.key()) return std::min(r.end, kMaxDatagramBytes) & ~7u;
    }
    return 0;
  }
  void add(const Fragment& f) {
    decode::PacketView view;
    decode::Frame frame = frame_of(f, bytes_);
    frame.time = now;
    const decode::Verdict verdict = decode::decode_frame(frame, &view);
    if (f.start == 0 && !f.more) {
      require(verdict == decode::Verdict::kOk && view.payload_wire == f.size);
      require(view.payload == bytes_ + kHeaders[f.v6] && view.payload_captured == f.captured);
      return;
    }
    require(verdict == decode::Verdict::kFragment);
    Reference& reference = find_or_open(f);
    const bool was_dead = reference.dead, whole = reference.add(f);
    given_up_ += reference.dead && !was_dead;
    uint64_t needed = 0;
    for (const Reference& r : references_) needed += r.dead ? 0 : 2 * r.known;
    require(defragmenter_.add(&view) == whole);
    if (whole) reference.compare(view);
    follow(f.key(), whole, needed);
    check();
  }
  base::Nanos now = 1000 * base::kSecond;

 private:
  Reference& find_or_open(const Fragment& f) {
    std::erase_if(references_, [&](const Reference& r) {
      return r.started + decode::kFragmentTimeout < now && give_up(r);
    });
    for (Reference& r : references_) {
      if (r.key == f.key()) return r;
    }
    if (references_.size() == limits_.datagrams) {
      give_up(references_.front());
      references_.erase(references_.begin());
    }
    return references_.emplace_back(Reference{f.key(), now, {}});
  }
  bool give_up(const Reference& r) { return given_up_ += !r.dead, true; }
  // Those that are gone are the oldest, and memory for all would have been too much.
  void follow(uint32_t key, bool whole, uint64_t needed) {
    const uint32_t held = defragmenter_.datagrams_held() + (whole ? 1 : 0);
    require(held == references_.size() || needed > limits_.bytes);
    for (size_t i = 0; references_.size() > held;) {
      require(i < references_.size());
      if (references_[i].key == key) {
        i++;
      } else {
        give_up(references_[i]);
        references_.erase(references_.begin() + static_cast<ptrdiff_t>(i));
      }
    }
    datagrams_ += whole;
    std::erase_if(references_, [&](const Reference& r) { return whole && r.key == key; });
  }
  void check() const {
    require(defragmenter_.bytes_held() <= limits_.bytes);
    require(defragmenter_.datagrams_held() == references_.size());
    require(references_.size() <= limits_.datagrams);
    const decode::DefragCounters& c = defragmenter_.counters();
    require(c.given_up == c.timed_out + c.over_datagrams + c.over_bytes + c.over_fragments +
                              c.overlapping + c.malformed);
    require(c.datagrams == datagrams_ && c.given_up == given_up_);
  }
  decode::DefragLimits limits_;
  decode::Defragmenter defragmenter_;
  std::vector<Reference> references_;  // the oldest first
  uint64_t given_up_ = 0, datagrams_ = 0;
  uint8_t bytes_[kHeaders[1] + kLongest];
};

// In five bytes: kind and flags, whose and which copy, start, size, cut.
void run(Model* model, const uint8_t* p) {
  const uint32_t kind = p[0] % 8;
  if (kind == 7) model->now += p[2] * base::kSecond / 4;
  Fragment f{};
  f.id = p[1] % 4;
  f.host = p[1] >> 2 & 1;
  f.variant = p[1] >> 7;
  f.v6 = p[0] & 8;
  f.more = (p[0] >> 4) % 4 != 0;
  f.start = p[2] * 8u;
  f.size = p[3];
  if (kind < 3) {
    f.start = p[2] % 6 * 64;
    f.size = 64 * (1 + p[3] % 3);
  } else if (kind < 5) {
    f.start = model->end_of(f);
    if (p[3] & 1) f.size *= 8;
  } else if (kind == 5) {
    f.start = (kMaxDatagramBytes - 8 * p[2]) & ~7u;
  }
  f.captured = p[0] & 128 ? f.size - std::min<uint32_t>(f.size, p[4]) : f.size;
  model->add(f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr decode::DefragLimits kLimits[] = {{}, {2, 1 << 20}, {5, 70'000}, {32, 140'000}};
  if (size < 1) return 0;
  Model model(kLimits[data[0] % 4]);
  for (size_t i = 1; i + 5 <= size && i < 5 * 300; i += 5) run(&model, data + i);
  return 0;
}
