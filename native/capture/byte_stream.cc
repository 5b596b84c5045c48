#include "capture/byte_stream.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace pbfast::capture {

namespace {

constexpr size_t kInput = 64u << 10;
constexpr int kGzipWindow = 15 + 16;  // the largest, and the gzip wrapper

}  // namespace

struct ByteStream::Inflate {
  z_stream z{};
  bool ready = inflateInit2(&z, kGzipWindow) == Z_OK;
  Inflate() = default;
  ~Inflate() {
    if (ready) inflateEnd(&z);
  }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;
};

ByteStream::ByteStream(int fd) : fd_(fd), input_(new uint8_t[kInput]) {}
ByteStream::ByteStream(ByteStream&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      kind_(other.kind_),
      between_members_(other.between_members_),
      ended_(other.ended_),
      input_(std::move(other.input_)),
      input_at_(other.input_at_),
      input_end_(other.input_end_),
      inflate_(std::move(other.inflate_)),
      message_(std::move(other.message_)) {}
ByteStream::~ByteStream() {
  if (fd_ >= 0) close(fd_);
}

ByteStream::Result ByteStream::read(uint8_t* out, size_t room, size_t* got, int wait_ms) {
  *got = 0;
  if (kind_ == Kind::kUnknown) {
    const Result result = recognise(wait_ms);
    if (result != Result::kBytes) return result;
  }
  return kind_ == Kind::kPlain ? read_plain(out, room, got, wait_ms)
                               : read_gzip(out, room, got, wait_ms);
}

// From the descriptor. poll() finds regular files ready at all times.
ByteStream::Result ByteStream::fill(uint8_t* out, size_t room, size_t* got, int wait_ms) {
  pollfd ready{fd_, POLLIN, 0};
  const int polled = poll(&ready, 1, wait_ms);
  if (polled == 0 || (polled < 0 && errno == EINTR)) return Result::kWait;
  const ssize_t n = ::read(fd_, out, room);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return Result::kWait;
  if (n < 0) {
    message_ = std::strerror(errno);
    return Result::kFailed;
  }
  *got = static_cast<size_t>(n);
  ended_ = n == 0;
  return n == 0 ? Result::kEnd : Result::kBytes;
}

// Adds to the input behind what is left of it.
ByteStream::Result ByteStream::fill_input(int wait_ms) {
  std::memmove(input_.get(), input_.get() + input_at_, input_end_ - input_at_);
  input_end_ -= input_at_;
  input_at_ = 0;
  size_t got = 0;
  const Result result = fill(input_.get() + input_end_, kInput - input_end_, &got, wait_ms);
  input_end_ += got;
  return result;
}

// RFC 1952 2.3.1: two bytes of identification.
ByteStream::Result ByteStream::recognise(int wait_ms) {
  while (input_end_ < 2 && !ended_) {
    const Result result = fill_input(wait_ms);
    if (result == Result::kWait || result == Result::kFailed) return result;
  }
  const bool gzip = input_end_ >= 2 && input_[0] == 0x1f && input_[1] == 0x8b;
  kind_ = gzip ? Kind::kGzip : Kind::kPlain;
  if (!gzip) return Result::kBytes;
  inflate_ = std::make_unique<Inflate>();
  if (inflate_->ready) return Result::kBytes;
  message_ = "no memory to unpack it";
  return Result::kFailed;
}

ByteStream::Result ByteStream::read_plain(uint8_t* out, size_t room, size_t* got, int wait_ms) {
  if (input_at_ == input_end_) return ended_ ? Result::kEnd : fill(out, room, got, wait_ms);
  *got = std::min(room, input_end_ - input_at_);
  std::memcpy(out, input_.get() + input_at_, *got);
  input_at_ += *got;
  return Result::kBytes;
}

ByteStream::Result ByteStream::read_gzip(uint8_t* out, size_t room, size_t* got, int wait_ms) {
  while (*got == 0) {
    if (between_members_) {
      const Result result = next_member(wait_ms);
      if (result != Result::kBytes) return result;
    }
    if (input_at_ == input_end_) {
      const Result result = ended_ ? Result::kEnd : fill_input(wait_ms);
      if (result == Result::kEnd) return Result::kCut;
      if (result != Result::kBytes) return result;
    }
    if (!inflate_some(out, room, got)) return *got ? Result::kBytes : Result::kDamaged;
  }
  return Result::kBytes;
}

// RFC 1952 2.2: members follow one another. What is no member is padding, and the end.
ByteStream::Result ByteStream::next_member(int wait_ms) {
  while (input_end_ - input_at_ < 2 && !ended_) {
    const Result result = fill_input(wait_ms);
    if (result == Result::kWait || result == Result::kFailed) return result;
  }
  const uint8_t* next = input_.get() + input_at_;
  if (input_end_ - input_at_ < 2 || next[0] != 0x1f || next[1] != 0x8b) return Result::kEnd;
  inflateReset(&inflate_->z);
  between_members_ = false;
  return Result::kBytes;
}

// False when the data are damaged; *got bytes were sound before.
bool ByteStream::inflate_some(uint8_t* out, size_t room, size_t* got) {
  z_stream* z = &inflate_->z;
  z->next_in = input_.get() + input_at_;
  z->avail_in = static_cast<uInt>(input_end_ - input_at_);
  z->next_out = out;
  z->avail_out = static_cast<uInt>(std::min<size_t>(room, UINT32_MAX));
  const uInt offered = z->avail_out;
  const int status = inflate(z, Z_NO_FLUSH);
  input_at_ = input_end_ - z->avail_in;
  *got = offered - z->avail_out;
  between_members_ = status == Z_STREAM_END;
  if (status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR) return true;
  message_ = std::string("the gzip data are damaged: ") + (z->msg ? z->msg : zError(status));
  return false;
}

}  // namespace pbfast::capture
