// The bytes of a pipe or a compressed file, in order, unpacked when they are gzip (RFC 1952, also
// several members). Reads what is there and never waits for a buffer to fill.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

struct z_stream_s;

namespace pbfast::capture {

class ByteStream {
 public:
  enum class Result : uint8_t {
    kBytes,    // *got > 0
    kWait,     // nothing came within wait_ms
    kEnd,      // the stream ended where it may
    kCut,      // the compressed data end before their own end
    kDamaged,  // the compressed data are no such; message() says what
    kFailed,   // the system says no; message() says why
  };
  // Takes over `fd`.
  explicit ByteStream(int fd);
  ~ByteStream();
  ByteStream(ByteStream&&) noexcept;

  // Up to `room` > 0 bytes; waits at most wait_ms for the first, for ever when it is negative.
  Result read(uint8_t* out, size_t room, size_t* got, int wait_ms);
  const std::string& message() const { return message_; }

 private:
  enum class Kind : uint8_t { kUnknown, kPlain, kGzip };
  struct Inflate;

  Result fill(uint8_t* out, size_t room, size_t* got, int wait_ms);
  Result fill_input(int wait_ms);
  Result recognise(int wait_ms);
  Result read_plain(uint8_t* out, size_t room, size_t* got, int wait_ms);
  Result read_gzip(uint8_t* out, size_t room, size_t* got, int wait_ms);
  Result next_member(int wait_ms);
  bool inflate_some(uint8_t* out, size_t room, size_t* got);

  int fd_;
  Kind kind_ = Kind::kUnknown;
  bool between_members_ = false, ended_ = false;
  std::unique_ptr<uint8_t[]> input_;
  size_t input_at_ = 0, input_end_ = 0;
  std::unique_ptr<Inflate> inflate_;
  std::string message_;
};

}  // namespace pbfast::capture
