// A row: the fields of one event by id, as lib/events/row.ts writes them and encoder.cc reads them.
//
//   | header: 24 words | entry | entry | ... | heap bytes, padded to a word |     a word is 4
//   bytes, little-endian entry: 4 words     w0 = field id | kind << 16, w1, w2, w3 as below
//
// A container (list, object) is the entries between its opening entry and its kClose.
#pragma once
#include <cstdint>

namespace pbfast::events {

enum class EntryKind : uint8_t {
  kLong = 1,          // w2, w3: int64
  kDouble = 2,        // w2, w3: IEEE 754
  kBoolean = 3,       // w2: 0, 1
  kDate = 4,          // w2: seconds, w3: nanoseconds
  kIp = 5,            // w1: 4 or 16; w2: offset in the heap
  kConstant = 6,      // w2: id of an interned string
  kLent = 7,          // w1: length; w2: offset in the handoff memory. Text
  kHeap = 8,          // w1: length; w2: offset in the row's heap. Text
  kList = 9,          // opens; w1: 1 to be written even when nothing is in it
  kObject = 10,       // opens; w1 as in kList
  kKeyConstant = 11,  // w2: id; inside an object, before each value
  kKeyLent = 12,      // as kLent
  kKeyHeap = 13,      // as kHeap
  kClose = 14,
  kUnsigned = 15,  // w2, w3: uint64
};

// Of the entry that begins at `entry`.
inline EntryKind kind_of(const uint32_t* entry) { return static_cast<EntryKind>(entry[0] >> 16); }

// Which envelope the encoder writes around the fields.
enum class Envelope : uint32_t {
  kTransaction = 0,  // client, server, source, destination, event.*, network.* from the flow's card
  kFlow = 1,         // from a handoff::FlowReport at `report` in the handoff memory
};

struct RowHeader {
  uint32_t words;     // of the whole row, header and heap included
  uint32_t entries;   // number of entries
  uint32_t heap;      // heap bytes
  uint32_t envelope;  // Envelope
  uint32_t card;      // card number (kTransaction)
  uint32_t report;    // offset of the FlowReport (kFlow)
  uint32_t dataset;   // constant: type, event.dataset and network.protocol
  uint32_t status;    // constant, or 0
  uint32_t flags;     // below
  uint32_t start_seconds, start_nanoseconds;
  uint32_t end_seconds, end_nanoseconds;         // with kHasEnd
  uint32_t source_bytes_low, source_bytes_high;  // with kHasSourceBytes
  uint32_t destination_bytes_low, destination_bytes_high;
  uint32_t statics;  // number of the static field set (tags, fields ...), 0 = none
  uint32_t
      icmp;  // message that the community id is made from: kIcmpMessage | type << 8 | code, or 0
  uint32_t reserved[5];
};
static_assert(sizeof(RowHeader) == 24 * 4);

inline constexpr uint32_t kHasEnd = 1;
inline constexpr uint32_t kHasSourceBytes = 2;
inline constexpr uint32_t kHasDestinationBytes = 4;
inline constexpr uint32_t kSwapped = 8;              // the event's source is the flow's destination
inline constexpr uint32_t kNoNetworkProtocol = 16;   // leave network.protocol out (icmp)
inline constexpr uint32_t kTypeConnectionOnly = 32;  // event.type is [connection] (icmp)
inline constexpr uint32_t kTypeInfo = 64;            // event.type is [info, protocol] (sip)
inline constexpr uint32_t kSwapRoles = 128;          // client is the destination (dhcpv4 replies)
// Bits of RowHeader::icmp.
inline constexpr uint32_t kIcmpMessage = 1u << 16;
inline constexpr uint32_t kIcmpBack = 1u
                                      << 17;  // it went from the event's destination to its source

inline constexpr uint32_t kNoStart =
    256;  // the request was not seen: no event.start, no event.duration
inline constexpr uint32_t kAuthentication =
    512;  // event.category is [network, authentication] (sip with credentials)

inline constexpr uint32_t kMaxFieldBytes = 64u << 10;  // longer text is cut at a character boundary

}  // namespace pbfast::events
