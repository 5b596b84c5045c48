// A capture file's image in memory, played once or several times.
#include <algorithm>
#include <utility>

#include "capture/file_source.h"

namespace pbfast::capture {

namespace {

// Between the last frame of a loop and the first of the next.
constexpr base::Nanos kLoopGap = 1'000'000;

class Replay final : public FileSource {
 public:
  Replay(RecordParser parser, const uint8_t* data, uint64_t size, uint64_t start, uint32_t loops)
      : FileSource(parser, FrameFilter()),
        first_parser_(std::move(parser)),
        data_(data),
        size_(size),
        start_(start),
        at_(start),
        loops_left_(std::max(loops, 1u)) {}

  Status next(Batch* batch, int) override {
    batch->count = 0;
    while (loops_left_ > 0) {
      uint32_t needed = 0;
      const Walk walked = walk(data_, size_, &at_, batch, &needed);
      shift(batch);
      if (walked == Walk::kPaused) return Status::kFrames;
      if (walked == Walk::kMore && at_ < size_) counters_.truncated_records++;
      rewind();
      if (batch->count) break;
    }
    return end_of(*batch);
  }

 private:
  void shift(Batch* batch) {
    for (uint32_t i = 0; i < batch->count; i++) {
      base::Nanos* time = &batch->frames[i].time;
      if (!seen_) earliest_ = latest_ = *time;
      seen_ = true;
      earliest_ = std::min(earliest_, *time);
      latest_ = std::max(latest_, *time);
      *time = std::min(kMaxTime, *time + shift_);
    }
  }

  // An image without frames has nothing to repeat.
  void rewind() {
    loops_left_ = seen_ ? loops_left_ - 1 : 0;
    parser_ = first_parser_;
    at_ = start_;
    shift_ = std::min(kMaxTime, shift_ + (latest_ - earliest_) + kLoopGap);
  }

  RecordParser first_parser_;
  const uint8_t* data_;
  uint64_t size_, start_, at_;
  uint32_t loops_left_;
  bool seen_ = false;
  base::Nanos earliest_ = 0, latest_ = 0, shift_ = 0;
};

}  // namespace

Opened open_memory(const uint8_t* data, uint64_t size, uint32_t loops) {
  RecordParser parser;
  uint32_t start = 0;
  if (!parser.begin(data, size, &start))
    return failure("FORMAT", not_a_capture("the image", data, size));
  return {std::make_unique<Replay>(std::move(parser), data, size, start, loops), "", ""};
}

}  // namespace pbfast::capture
