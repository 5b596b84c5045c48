// Builds capture files for tests, record by record, in either byte order.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>

namespace pbfast::capture::testing {

using Data = std::string;

// Integers of a file of one byte order.
struct Order {
  bool big = false;

  Data number(uint64_t value, int size) const {
    Data out;
    for (int i = 0; i < size; i++) {
      out += static_cast<char>(value >> 8 * (big ? size - 1 - i : i));
    }
    return out;
  }
  Data u16(uint64_t value) const { return number(value, 2); }
  Data u32(uint64_t value) const { return number(value, 4); }
  Data u64(uint64_t value) const { return number(value, 8); }
};

inline Data padded(Data data) {
  data.resize((data.size() + 3) & ~size_t{3});
  return data;
}

inline constexpr uint32_t kMicros = 0xa1b2c3d4, kNanos = 0xa1b23c4d;

inline Data pcap_header(uint32_t link_type = 1, uint32_t magic = kMicros, Order o = {}) {
  return o.u32(magic) + o.u16(2) + o.u16(4) + o.u32(0) + o.u32(0) + o.u32(262144) +
         o.u32(link_type);
}
// `captured` < 0: the true length.
inline Data pcap_record(uint32_t seconds, uint32_t fraction, const Data& frame,
                        int64_t captured = -1, int64_t wire = -1, Order o = {}) {
  return o.u32(seconds) + o.u32(fraction) + o.u32(captured < 0 ? frame.size() : captured) +
         o.u32(wire < 0 ? frame.size() : wire) + frame;
}

// `length` < 0: the true length.
inline Data block(uint32_t type, const Data& body, Order o = {}, int64_t length = -1) {
  const Data size = o.u32(length < 0 ? padded(body).size() + 12 : length);
  return o.u32(type) + size + padded(body) + size;
}
inline Data section(Order o = {}, const Data& options = "") {
  return block(0x0a0d0d0a, o.u32(0x1a2b3c4d) + o.u16(1) + o.u16(0) + Data(8, '\xff') + options, o);
}
inline Data option(uint16_t code, const Data& value, Order o = {}) {
  return o.u16(code) + o.u16(value.size()) + padded(value);
}
inline Data interface_block(uint16_t link_type = 1, const Data& options = "", uint32_t snaplen = 0,
                            Order o = {}) {
  return block(1, o.u16(link_type) + o.u16(0) + o.u32(snaplen) + options, o);
}
inline Data enhanced(uint32_t interface, uint64_t stamp, const Data& frame, Order o = {},
                     int64_t captured = -1) {
  return block(6,
               o.u32(interface) + o.u32(stamp >> 32) + o.u32(stamp & 0xffffffff) +
                   o.u32(captured < 0 ? frame.size() : captured) + o.u32(frame.size()) +
                   padded(frame),
               o);
}
inline Data simple(const Data& frame, Order o = {}, int64_t wire = -1) {
  return block(3, o.u32(wire < 0 ? frame.size() : wire) + frame, o);
}
// The obsolete packet block: a 16-bit interface and a count of drops.
inline Data obsolete(uint16_t interface, uint64_t stamp, const Data& frame, Order o = {}) {
  return block(2,
               o.u16(interface) + o.u16(7) + o.u32(stamp >> 32) + o.u32(stamp & 0xffffffff) +
                   o.u32(frame.size()) + o.u32(frame.size()) + frame,
               o);
}

}  // namespace pbfast::capture::testing
