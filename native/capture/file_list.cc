#include "capture/file_list.h"

#include <utility>

namespace pbfast::capture {

namespace {

class FileList final : public Source {
 public:
  FileList(std::vector<std::string> paths, std::string filter, std::unique_ptr<Source> first)
      : paths_(std::move(paths)), filter_(std::move(filter)), current_(std::move(first)) {}

  Status next(Batch* batch, int wait_ms) override {
    for (;;) {
      const Status status = current_->next(batch, wait_ms);
      if (status == Status::kError) message_ = current_->message();
      if (status != Status::kEnd) return status;
      if (++at_ == paths_.size()) return Status::kEnd;
      if (!open_next()) return Status::kError;
    }
  }

  SourceCounters counters() override {
    SourceCounters sum = current_->counters();
    sum += done_;
    return sum;
  }

  bool is_live() const override { return false; }
  const std::string& message() const override { return message_; }

 private:
  bool open_next() {
    const SourceCounters counters = this->counters();
    Opened opened = open_file(paths_[at_], filter_);
    if (!opened.source) {
      message_ = opened.message;
      return false;
    }
    done_ = counters;
    current_ = std::move(opened.source);
    return true;
  }

  std::vector<std::string> paths_;
  std::string filter_;
  std::unique_ptr<Source> current_;
  SourceCounters done_;
  size_t at_ = 0;
  std::string message_;
};

}  // namespace

Opened open_file_list(std::vector<std::string> paths, const std::string& filter) {
  if (paths.empty()) return failure("FILE", "no file is named");
  Opened first = open_file(paths[0], filter);
  if (!first.source || paths.size() == 1) return first;
  first.source = std::make_unique<FileList>(std::move(paths), filter, std::move(first.source));
  return first;
}

}  // namespace pbfast::capture
