// IP fragments to datagrams (RFC 791 3.2, RFC 8200 4.5). Keyed by addresses, protocol and
// identification, so that fragments of different hosts never meet. Overlap policy: IPv4, the bytes
// that came first win; IPv6, the datagram is dropped (RFC 5722).
#pragma once
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "decode/packet_view.h"

namespace pbfast::decode {

// LIMITs: beyond, the oldest datagram is given up and counted.
inline constexpr uint32_t kMaxDatagrams = 4096;
inline constexpr uint32_t kMaxFragments = 64;  // of one datagram
inline constexpr uint64_t kMaxFragmentBytes = 8u << 20;
inline constexpr uint32_t kMaxDatagramBytes = 65535;
inline constexpr base::Nanos kFragmentTimeout = 30 * base::kSecond;

struct DefragCounters {
  uint64_t datagrams = 0;  // completed
  uint64_t given_up = 0;   // timed out, pushed out, or refused
};

class Defragmenter {
 public:
  explicit Defragmenter(const base::HashSeed& seed) : table_(16, Hash{seed}) {}
  // Takes a fragment. True when it completes its datagram: `view` then describes the datagram, with
  // its transport header, and its payload is valid until the next call.
  bool add(PacketView* view);
  const DefragCounters& counters() const { return counters_; }
  uint64_t bytes_held() const { return bytes_; }

 private:
  struct Key {
    uint64_t words[5];  // addresses, then identification, protocol and version
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    base::HashSeed seed;
    size_t operator()(const Key& key) const { return base::siphash13(seed, key.words, 5); }
  };
  struct Piece {
    uint32_t start, end;
  };
  struct Datagram {
    std::vector<uint8_t> bytes;
    std::vector<Piece> pieces;  // sorted, apart
    uint32_t total = 0;         // 0: the last fragment has not come
    uint32_t frames = 0, wire = 0;
    base::Nanos started = 0;
    uint64_t order = 0;
  };
  using Table = std::unordered_map<Key, Datagram, Hash>;

  static Key key_of(const PacketView& view);
  bool store(const PacketView& view, Datagram* datagram);
  bool finish(Table::iterator at, PacketView* view);
  void make_room(base::Nanos now);
  void drop(Table::iterator at);

  Table table_;
  std::vector<std::pair<uint64_t, Key>>
      queue_;  // by age; entries of datagrams that are gone stay until reached
  size_t oldest_ = 0;
  uint64_t orders_ = 0, bytes_ = 0;
  std::vector<uint8_t> done_;
  DefragCounters counters_;
};

}  // namespace pbfast::decode
