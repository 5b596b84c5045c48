// IP fragments to datagrams (RFC 791 3.2, RFC 8200 4.5). Keyed by addresses, protocol,
// identification, VLANs and tunnel, so that fragments of different hosts or networks never meet.
//
// Overlap policy. IPv4: of each byte the copy that came first wins. IPv6: the datagram is given up
// (RFC 5722), but for a fragment that came twice (its errata 3089). A datagram whose fragments
// contradict each other is given up as well, with what else comes of it until its time is over.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "decode/packet_view.h"

namespace pbfast::decode {

// LIMITs of all together: beyond, the oldest datagram is given up for the new one.
inline constexpr uint32_t kMaxDatagrams = 4096;
inline constexpr uint64_t kMaxFragmentBytes = 8u << 20;
inline constexpr base::Nanos kFragmentTimeout = 30 * base::kSecond;  // from its first fragment on
struct DefragLimits {
  uint32_t datagrams = kMaxDatagrams;
  uint64_t bytes = kMaxFragmentBytes;  // more than kMaxDatagramBytes
};
// LIMITs of one datagram: beyond, it is given up.
inline constexpr uint32_t kMaxFragments = 64;
inline constexpr uint32_t kMaxDatagramBytes = 65535;

struct DefragCounters {
  uint64_t datagrams = 0;       // completed
  uint64_t given_up = 0;        // sum of all below
  uint64_t timed_out = 0;       //
  uint64_t over_datagrams = 0;  // pushed out, DefragLimits
  uint64_t over_bytes = 0;      // pushed out, DefragLimits
  uint64_t over_fragments = 0;  // kMaxFragments
  uint64_t overlapping = 0;     // IPv6
  uint64_t malformed = 0;       // too long, or fragments that contradict each other on the length
};

class Defragmenter {
 public:
  explicit Defragmenter(const base::HashSeed& seed, const DefragLimits& limits = {})
      : seed_(seed), limits_(limits), heads_(kBuckets, kNone) {}
  // Takes a fragment. True when it completes its datagram: `view` then describes the datagram, with
  // its transport header, and its payload is valid until the next call.
  bool add(PacketView* view);
  const DefragCounters& counters() const { return counters_; }
  uint64_t bytes_held() const { return bytes_; }
  uint32_t datagrams_held() const { return count_; }

 private:
  static constexpr uint32_t kNone = 0xffffffff, kBuckets = 8192;
  // Disjoint runs of bytes: 64 intervals have at most 128 ends.
  static constexpr uint32_t kMaxPieces = 2 * kMaxFragments;

  struct Key {
    uint64_t words[6];  // addresses; identification, VLAN, protocol, version; inner VLAN, tunnel
    bool operator==(const Key&) const = default;
  };
  struct Piece {
    uint32_t start, end;
  };
  struct Datagram {
    Key key;
    base::Nanos started;
    std::unique_ptr<uint8_t[]> bytes;
    uint32_t capacity;
    uint32_t bucket, next;  // of its hash
    uint32_t newer, older;  // neighbours by age
    uint32_t total;         // 0: the last fragment has not come
    uint32_t held;          // sum of the pieces
    uint32_t end;           // of the last piece
    uint32_t cut;           // the capture has no bytes from here on, kNone: it has them all
    uint32_t wire;
    uint16_t frames, pieces;
    bool dead;                // given up: what else comes is dropped
    Piece piece[kMaxPieces];  // sorted
  };

  static Key key_of(const PacketView& view);
  uint32_t find_or_open(const Key& key, base::Nanos now);
  void store(const PacketView& view, uint32_t index);
  bool fits(const PacketView& view, uint32_t start, uint32_t end, Datagram* datagram);
  bool overlaps(const Datagram& datagram, uint32_t start, uint32_t end, bool* repeated) const;
  bool reserve(uint32_t size, uint32_t index);
  void fill(const PacketView& view, uint32_t start, uint32_t end, Datagram* datagram);
  bool finish(uint32_t index, PacketView* view);
  void expire(base::Nanos now);
  void kill(Datagram* datagram, uint64_t* reason);
  void push_out(uint32_t index, uint64_t* reason);
  void remove(uint32_t index);

  base::HashSeed seed_;
  DefragLimits limits_;
  std::vector<uint32_t> heads_;      // first datagram of each bucket
  std::vector<Datagram> datagrams_;  // as many as the limit at most
  uint32_t free_ = kNone, count_ = 0;
  uint32_t newest_ = kNone, oldest_ = kNone;
  uint64_t bytes_ = 0;
  std::unique_ptr<uint8_t[]> done_;
  DefragCounters counters_;
};

}  // namespace pbfast::decode
