#include "capture/pcapng_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pbfast::capture {

namespace {

constexpr size_t kFlushAt = 256u << 10;
constexpr uint32_t kSection = 0x0a0d0d0a, kInterface = 1, kStatistics = 5, kPacket = 6;
constexpr uint16_t kEndOfOptions = 0, kName = 2, kResolution = 9;
constexpr uint16_t kReceived = 4, kInterfaceDropped = 5, kKernelDropped = 7, kDelivered = 8;
constexpr uint8_t kNanos = 9;  // 10^-9 s

}  // namespace

// Only the owner may read what was on the wire.
PcapngWriter::PcapngWriter(const std::string& path)
    : path_(path), fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
  if (fd_ < 0) error_ = "'" + path_ + "' cannot be written: " + std::strerror(errno);
  const size_t start = begin(kSection);
  u32(0x1a2b3c4d);
  u16(1);
  u16(0);
  u64(UINT64_MAX);
  end(start);
}

PcapngWriter::~PcapngWriter() {
  flush();
  if (fd_ >= 0) close(fd_);
}

uint32_t PcapngWriter::add_interface(uint16_t link_type, const std::string& name) {
  const size_t start = begin(kInterface);
  u16(link_type);
  u16(0);
  u32(0);  // no limit
  option(kName, name.data(), static_cast<uint16_t>(name.size()));
  option(kResolution, &kNanos, 1);
  option(kEndOfOptions, nullptr, 0);
  end(start);
  return interfaces_++;
}

void PcapngWriter::packet(uint32_t interface, const Frame& frame) {
  const size_t start = begin(kPacket);
  u32(interface);
  time(frame.time);
  u32(frame.captured);
  u32(frame.wire);
  bytes(frame.data, frame.captured);
  end(start);
  if (buffer_.size() >= kFlushAt) flush();
}

void PcapngWriter::statistics(uint32_t interface, base::Nanos at, const SourceCounters& counters) {
  const size_t start = begin(kStatistics);
  u32(interface);
  time(at);
  const uint64_t delivered = counters.received - counters.kernel_dropped - counters.unread;
  option(kReceived, &counters.received, 8);
  option(kInterfaceDropped, &counters.interface_dropped, 8);
  option(kKernelDropped, &counters.kernel_dropped, 8);
  option(kDelivered, &delivered, 8);
  option(kEndOfOptions, nullptr, 0);
  end(start);
}

void PcapngWriter::flush() {
  size_t at = 0;
  while (at < buffer_.size() && error_.empty()) {
    const ssize_t written = write(fd_, buffer_.data() + at, buffer_.size() - at);
    if (written >= 0)
      at += static_cast<size_t>(written);
    else if (errno != EINTR)
      error_ = "'" + path_ + "' cannot be written any more: " + std::strerror(errno);
  }
  buffer_.clear();
}

// A block starts with its type and length and ends with its length.
size_t PcapngWriter::begin(uint32_t type) {
  const size_t start = buffer_.size();
  u32(type);
  u32(0);
  return start;
}

void PcapngWriter::end(size_t start) {
  const auto size = static_cast<uint32_t>(buffer_.size() - start + 4);
  u32(size);
  std::memcpy(&buffer_[start + 4], &size, sizeof size);
}

void PcapngWriter::u16(uint16_t value) {
  const auto* p = reinterpret_cast<const uint8_t*>(&value);
  buffer_.insert(buffer_.end(), p, p + sizeof value);
}

void PcapngWriter::u32(uint32_t value) {
  const auto* p = reinterpret_cast<const uint8_t*>(&value);
  buffer_.insert(buffer_.end(), p, p + sizeof value);
}

void PcapngWriter::u64(uint64_t value) {
  u32(static_cast<uint32_t>(value));
  u32(static_cast<uint32_t>(value >> 32));
}

void PcapngWriter::time(base::Nanos time) {
  u32(static_cast<uint32_t>(time >> 32));
  u32(static_cast<uint32_t>(time));
}

// Padded to a multiple of four.
void PcapngWriter::bytes(const void* data, size_t size) {
  const auto* p = static_cast<const uint8_t*>(data);
  buffer_.insert(buffer_.end(), p, p + size);
  buffer_.resize(buffer_.size() + (4 - size % 4) % 4);
}

void PcapngWriter::option(uint16_t code, const void* value, uint16_t size) {
  u16(code);
  u16(size);
  bytes(value, size);
}

}  // namespace pbfast::capture
