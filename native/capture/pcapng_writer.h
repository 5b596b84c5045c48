// Writes pcapng (draft-ietf-opsawg-pcapng) with times in nanoseconds: one section, an interface
// description for each interface, enhanced packet blocks, interface statistics.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "capture/source.h"

namespace pbfast::capture {

class PcapngWriter {
 public:
  explicit PcapngWriter(const std::string& path);
  ~PcapngWriter();
  PcapngWriter(const PcapngWriter&) = delete;
  PcapngWriter& operator=(const PcapngWriter&) = delete;
  // Empty, or why the file cannot be written (any more).
  const std::string& error() const { return error_; }

  // Returns the number that packets name it by.
  uint32_t add_interface(uint16_t link_type, const std::string& name);
  void packet(uint32_t interface, const Frame& frame);
  void statistics(uint32_t interface, base::Nanos time, const SourceCounters& counters);
  void flush();

 private:
  size_t begin(uint32_t type);
  void end(size_t start);
  void u16(uint16_t value);
  void u32(uint32_t value);
  void u64(uint64_t value);
  void time(base::Nanos time);
  void bytes(const void* data, size_t size);
  void option(uint16_t code, const void* value, uint16_t size);

  std::string path_, error_;
  int fd_;
  uint32_t interfaces_ = 0;
  std::vector<uint8_t> buffer_;
};

}  // namespace pbfast::capture
