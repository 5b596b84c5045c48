#include "capture/multi.h"

#include <poll.h>

#include <utility>

namespace pbfast::capture {

namespace {

class Multi final : public Source {
 public:
  explicit Multi(std::vector<std::unique_ptr<Source>> sources)
      : sources_(std::move(sources)), waiting_(sources_.size()) {}

  Status next(Batch* batch, int wait_ms) override {
    const Status status = round(batch);
    if (status != Status::kIdle) return status;
    for (size_t i = 0; i < sources_.size(); i++) waiting_[i] = {sources_[i]->wait_fd(), POLLIN, 0};
    poll(waiting_.data(), waiting_.size(), wait_ms);
    return round(batch);
  }

  SourceCounters counters() override {
    SourceCounters sum;
    for (const auto& source : sources_) sum += source->counters();
    return sum;
  }

  bool is_live() const override { return true; }
  void stop_intake() override {
    for (const auto& source : sources_) source->stop_intake();
  }
  const std::string& message() const override { return message_; }

 private:
  // The first batch, from the source behind the last one on.
  Status round(Batch* batch) {
    for (size_t i = 0; i < sources_.size(); i++) {
      turn_ = (turn_ + 1) % sources_.size();
      const Status status = sources_[turn_]->next(batch, 0);
      if (status == Status::kError) message_ = sources_[turn_]->message();
      if (status != Status::kIdle) return status;
    }
    return Status::kIdle;
  }

  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<pollfd> waiting_;
  size_t turn_ = 0;
  std::string message_;
};

}  // namespace

std::unique_ptr<Source> make_multi(std::vector<std::unique_ptr<Source>> sources) {
  if (sources.size() == 1) return std::move(sources[0]);
  return std::make_unique<Multi>(std::move(sources));
}

}  // namespace pbfast::capture
