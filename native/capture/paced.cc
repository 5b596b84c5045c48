#include "capture/paced.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace pbfast::capture {

namespace {

class Paced final : public Source {
 public:
  explicit Paced(std::unique_ptr<Source> source) : source_(std::move(source)) {}

  // Frames of the inner batch that are due; waits at most wait_ms for the first.
  Status next(Batch* batch, int wait_ms) override {
    if (at_ == inner_.count) {
      at_ = inner_.count = 0;
      const Status status = source_->next(&inner_, wait_ms);
      batch->count = 0;
      if (status != Status::kFrames || inner_.count == 0) return status;
      if (!started_) start(inner_.frames[0].time);
    }
    const base::Nanos due = due_at(inner_.frames[at_].time);
    const base::Nanos now = base::monotonic_now();
    if (due > now) {
      sleep(std::min<base::Nanos>(due - now, static_cast<base::Nanos>(wait_ms) * 1'000'000));
      if (due_at(inner_.frames[at_].time) > base::monotonic_now()) return Status::kIdle;
    }
    batch->count = 0;
    const base::Nanos until = base::monotonic_now();
    while (at_ < inner_.count && due_at(inner_.frames[at_].time) <= until)
      batch->frames[batch->count++] = inner_.frames[at_++];
    return Status::kFrames;
  }

  SourceCounters counters() override {
    SourceCounters counters = source_->counters();
    counters.unread += inner_.count - at_;
    return counters;
  }
  bool is_live() const override { return false; }
  const std::string& message() const override { return source_->message(); }

 private:
  void start(base::Nanos first) {
    started_ = true;
    first_ = first;
    began_ = base::monotonic_now();
  }
  // Time that runs backwards in the file is due at once.
  base::Nanos due_at(base::Nanos time) const {
    return time <= first_ ? began_ : began_ + (time - first_);
  }
  static void sleep(base::Nanos nanos) {
    const timespec wait{static_cast<time_t>(nanos / base::kSecond),
                        static_cast<long>(nanos % base::kSecond)};
    nanosleep(&wait, nullptr);
  }

  std::unique_ptr<Source> source_;
  Batch inner_;
  uint32_t at_ = 0;
  bool started_ = false;
  base::Nanos first_ = 0, began_ = 0;
};

}  // namespace

std::unique_ptr<Source> make_paced(std::unique_ptr<Source> source) {
  return std::make_unique<Paced>(std::move(source));
}

}  // namespace pbfast::capture
