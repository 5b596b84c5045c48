// Lists of fragments against a reference that keeps every byte in a map: of IPv4 bytes the first
// copy wins, overlap ends an IPv6 datagram, the limits hold at each step.
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
constexpr uint32_t kLongest = 3000;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Fragment {
  uint32_t id, start, size, captured;
  bool more, v6;
  uint8_t variant;
};

uint8_t byte_at(uint32_t offset, uint8_t variant) {
  return static_cast<uint8_t>(offset * 7 + (offset >> 8) + (offset % 5 == 0) * variant);
}

// One datagram as the policy says.
struct Reference {
  struct Run {
    uint32_t start, end;
  };
  base::Nanos started = 0;
  std::map<uint32_t, int> bytes;  // -1: cut by the capture
  std::vector<Run> runs;
  uint32_t total = 0, end = 0;
  bool dead = false;

  // True when it is whole.
  bool add(const Fragment& f) {
    if (dead) return false;
    const uint32_t stop = f.start + f.size;
    const bool other_end = !f.more && total > 0 && total != stop;
    if (!f.more) total = stop;
    end = std::max(end, stop);
    dead = other_end || stop > kMaxDatagramBytes || (total > 0 && end > total);
    if (dead) return false;
    bool twice = false;
    for (const Run& run : runs) {
      if (!f.v6 || run.end <= f.start || run.start >= stop) continue;
      twice = run.start == f.start && run.end == stop;
      dead = !twice;
    }
    runs.push_back({f.start, stop});
    dead |= runs.size() > kMaxFragments;
    if (dead) return false;
    for (uint32_t i = 0; i < f.size && !twice; i++)
      bytes.try_emplace(f.start + i, i < f.captured ? byte_at(f.start + i, f.variant) : -1);
    return total > 0 && bytes.size() == total;
  }
};

class Model {
 public:
  void add(const Fragment& f) {
    expire();
    std::vector<uint8_t> payload(f.captured);
    for (uint32_t i = 0; i < f.captured; i++) payload[i] = byte_at(f.start + i, f.variant);
    decode::PacketView view{};
    view.time = now;
    view.ip_version = f.v6 ? 6 : 4;
    view.ip_protocol = kUnassigned;
    view.fragment_id = f.id;
    view.fragment_offset = f.start;
    view.more_fragments = f.more;
    view.payload = payload.data();
    view.payload_captured = f.captured;
    view.payload_wire = f.size;
    view.wire = f.size;
    const uint64_t key = uint64_t{f.id} << 1 | f.v6;
    Reference& reference = references_.try_emplace(key, Reference{now}).first->second;
    const bool whole = reference.add(f);
    require(defragmenter_.add(&view) == whole);
    if (whole) {
      compare(view, reference);
      references_.erase(key);
    }
    require(defragmenter_.bytes_held() <= decode::kMaxFragmentBytes);
    require(defragmenter_.datagrams_held() == references_.size());
    const decode::DefragCounters& c = defragmenter_.counters();
    require(c.given_up == c.timed_out + c.over_datagrams + c.over_bytes + c.over_fragments +
                              c.overlapping + c.malformed);
    require(c.over_datagrams == 0 && c.over_bytes == 0);
  }
  base::Nanos now = 1000 * base::kSecond;

 private:
  void expire() {
    for (auto at = references_.begin(); at != references_.end();)
      at = at->second.started + decode::kFragmentTimeout < now ? references_.erase(at)
                                                               : std::next(at);
  }
  static void compare(const decode::PacketView& view, const Reference& reference) {
    require(view.payload_wire == reference.total && view.payload_captured <= reference.total);
    for (const auto& [offset, value] : reference.bytes) {
      if (offset < view.payload_captured) require(value == view.payload[offset]);
      if (offset == view.payload_captured) require(value == -1);
    }
  }
  decode::Defragmenter defragmenter_{base::HashSeed{1, 2}};
  std::map<uint64_t, Reference> references_;
};

}  // namespace

// A fragment in five bytes: kind and flags, identification and variant, start, size, cut.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Model model;
  for (size_t i = 0; i + 5 <= size && i < 5 * 300; i += 5) {
    const uint8_t* p = data + i;
    if (p[0] % 16 == 15) model.now += p[1] * base::kSecond / 4;
    Fragment f{};
    f.id = p[1] % 4;
    f.variant = p[1] >> 7;
    f.v6 = p[0] & 16;
    f.more = !(p[0] & 32);
    f.start = p[2] * 8u;
    f.size = p[0] & 64 ? p[3] * 8u : p[3];
    if (p[0] % 16 == 14) f.start = kMaxDatagramBytes - 8 * p[2];
    if (f.size > kLongest || (f.start == 0 && f.size == 0)) continue;
    f.captured = p[0] & 128 ? f.size - std::min<uint32_t>(f.size, p[4]) : f.size;
    model.add(f);
  }
  return 0;
}
