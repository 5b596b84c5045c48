#include "capture/stream_source.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "capture/byte_stream.h"
#include "capture/file_source.h"

namespace pbfast::capture {

namespace {

// Grows, as bytes really come, to hold the largest record.
constexpr size_t kFirstBuffer = 512u << 10;
// A filter that takes little must not keep one call busy for a whole file.
constexpr int kMaxRefills = 4;

// A window on the stream: [at, filled) is not read yet.
struct Window {
  std::vector<uint8_t> buffer = std::vector<uint8_t>(kFirstBuffer);
  uint64_t at = 0;
  size_t filled = 0;

  // Moves what is left to the front; doubles when that fills the buffer.
  void make_room() {
    std::memmove(buffer.data(), buffer.data() + at, filled - at);
    filled -= at;
    at = 0;
    if (filled == buffer.size()) buffer.resize(buffer.size() * 2);
  }
  ByteStream::Result fill(ByteStream* stream, int wait_ms) {
    size_t got = 0;
    const auto result = stream->read(buffer.data() + filled, buffer.size() - filled, &got, wait_ms);
    filled += got;
    return result;
  }
};

class StreamSource final : public FileSource {
 public:
  StreamSource(RecordParser parser, FrameFilter filter, ByteStream stream, Window window,
               std::string name)
      : FileSource(std::move(parser), std::move(filter)),
        stream_(std::move(stream)),
        window_(std::move(window)),
        name_(std::move(name)) {}

  Status next(Batch* batch, int wait_ms) override {
    batch->count = 0;
    for (int refills = 0; end_ == End::kNo; refills++) {
      if (refills == kMaxRefills) return Status::kFrames;
      uint32_t needed = 0;
      const Walk walked = walk(window_.buffer.data(), window_.filled, &window_.at, batch, &needed);
      if (walked == Walk::kPaused) return Status::kFrames;
      if (walked == Walk::kBad) end_ = End::kReached;
      if (batch->count) return Status::kFrames;
      if (walked == Walk::kMore && !refill(needed, wait_ms)) return Status::kIdle;
    }
    return end_ == End::kError ? Status::kError : Status::kEnd;
  }

 private:
  enum class End : uint8_t { kNo, kReached, kError };

  // Until `needed` bytes are there, or the end; false when they are still to come. No frame may
  // lead into the window.
  bool refill(uint32_t needed, int wait_ms) {
    while (window_.filled - window_.at < needed) {
      window_.make_room();
      const auto result = window_.fill(&stream_, wait_ms);
      if (result == ByteStream::Result::kWait) return false;
      if (result != ByteStream::Result::kBytes) {
        end(result);
        return true;
      }
    }
    return true;
  }

  void end(ByteStream::Result result) {
    end_ = End::kReached;
    if (result == ByteStream::Result::kFailed || result == ByteStream::Result::kDamaged) {
      end_ = End::kError;
      message_ = name_ + ": reading failed: " + stream_.message();
    }
    if (window_.filled > window_.at || result == ByteStream::Result::kCut)
      counters_.truncated_records++;
  }

  ByteStream stream_;
  Window window_;
  std::string name_;
  End end_ = End::kNo;
};

}  // namespace

Opened open_stream(int fd, const std::string& name, const std::string& filter_text) {
  ByteStream stream(fd);
  Window window;
  auto result = ByteStream::Result::kBytes;
  while (window.filled < RecordParser::kHeader &&
         (result == ByteStream::Result::kBytes || result == ByteStream::Result::kWait))
    result = window.fill(&stream, -1);
  if (result == ByteStream::Result::kFailed) return failure("FILE", name + ": " + stream.message());
  if (result == ByteStream::Result::kDamaged)
    return failure("FORMAT", name + ": " + stream.message());
  RecordParser parser;
  uint32_t start = 0;
  if (!parser.begin(window.buffer.data(), window.filled, &start))
    return failure("FORMAT", not_a_capture(name, window.buffer.data(), window.filled));
  window.at = start;
  FrameFilter filter;
  std::string error;
  const uint16_t link_type =
      parser.first_link_type(window.buffer.data() + start, window.filled - start);
  if (!filter.compile(filter_text, link_type, &error)) return failure("FILTER", std::move(error));
  return {std::make_unique<StreamSource>(std::move(parser), std::move(filter), std::move(stream),
                                         std::move(window), name),
          "", ""};
}

}  // namespace pbfast::capture
