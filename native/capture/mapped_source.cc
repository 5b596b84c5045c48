#include "capture/mapped_source.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "capture/file_source.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22  // Linux 5.14, missing from older headers
#endif

namespace pbfast::capture {

namespace {

//   0        released_            at_            populated_            size_
//   | let go | batches handed out | not read yet | not touched yet     |
constexpr uint64_t kReleaseBehind = 2u << 20;
constexpr uint64_t kPopulate = 1u << 20;
constexpr uint64_t kPage = 4096;

class Mapping {
 public:
  Mapping(uint8_t* data, uint64_t size) : data_(data), mapped_(size), size_(size) {}
  Mapping(Mapping&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), mapped_(other.mapped_), size_(other.size_) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (data_) munmap(data_, mapped_);
  }

  const uint8_t* data() const { return data_; }
  // Bytes that can be read; grows by extend() up to the file's end.
  uint64_t readable() const { return populated_; }
  bool whole() const { return populated_ == size_; }

  // PERF: page tables are filled for a megabyte at a time, not fault by fault. It also tells of a
  // file that was cut since it was mapped, where a read would be a SIGBUS: that is its end then.
  void extend() {
    const uint64_t size = std::min(kPopulate, size_ - populated_);
    if (madvise(data_ + populated_, size, MADV_POPULATE_READ) != 0 && errno == EFAULT) {
      size_ = populated_;
      return;
    }
    populated_ += size;
  }

  // Everything before `at` has been read.
  void pass(uint64_t at) {
    if (at < released_ + kReleaseBehind) return;
    const uint64_t end = at / kPage * kPage;
    madvise(data_ + released_, end - released_, MADV_DONTNEED);
    released_ = end;
  }

 private:
  uint8_t* data_;
  uint64_t mapped_, size_;
  uint64_t released_ = 0, populated_ = 0;
};

class MappedSource final : public FileSource {
 public:
  MappedSource(RecordParser parser, FrameFilter filter, Mapping mapping, uint64_t start)
      : FileSource(std::move(parser), std::move(filter)),
        mapping_(std::move(mapping)),
        at_(start) {}

  Status next(Batch* batch, int) override {
    batch->count = 0;
    if (ended_) return Status::kEnd;
    mapping_.pass(at_);
    if (at_ + kPopulate / 2 > mapping_.readable() && !mapping_.whole()) mapping_.extend();
    for (;;) {
      uint32_t needed = 0;
      const Walk walked = walk(mapping_.data(), mapping_.readable(), &at_, batch, &needed);
      if (walked == Walk::kPaused) return Status::kFrames;
      if (walked == Walk::kMore && !mapping_.whole()) {
        mapping_.extend();
        continue;
      }
      ended_ = true;
      if (walked == Walk::kMore && at_ < mapping_.readable()) counters_.truncated_records++;
      return end_of(*batch);
    }
  }

 private:
  Mapping mapping_;
  uint64_t at_;
  bool ended_ = false;
};

}  // namespace

Opened open_mapped(int fd, uint64_t size, const std::string& name, const std::string& filter_text) {
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  const int cause = errno;
  close(fd);
  if (data == MAP_FAILED) return failure("FILE", name + ": " + std::strerror(cause));
  madvise(data, size, MADV_SEQUENTIAL);
  Mapping mapping(static_cast<uint8_t*>(data), size);
  mapping.extend();
  RecordParser parser;
  uint32_t start = 0;
  if (!parser.begin(mapping.data(), mapping.readable(), &start))
    return failure("FORMAT", not_a_capture(name, mapping.data(), mapping.readable()));
  FrameFilter filter;
  std::string error;
  const uint16_t link_type =
      parser.first_link_type(mapping.data() + start, mapping.readable() - start);
  if (!filter.compile(filter_text, link_type, &error)) return failure("FILTER", std::move(error));
  return {std::make_unique<MappedSource>(std::move(parser), std::move(filter), std::move(mapping),
                                         start),
          "", ""};
}

}  // namespace pbfast::capture
