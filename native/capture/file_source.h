// What all sources that read capture files share, wherever the bytes are: the walk from record to
// record, the filter and the counts.
#pragma once
#include <string>

#include "capture/frame_filter.h"
#include "capture/record_parser.h"
#include "capture/source.h"

namespace pbfast::capture {

class FileSource : public Source {
 public:
  SourceCounters counters() override { return counters_; }
  bool is_live() const override { return false; }
  const std::string& message() const override { return message_; }

 protected:
  FileSource(RecordParser parser, FrameFilter filter);

  enum class Walk : uint8_t {
    kPaused,  // the batch is full, or enough was walked for one call
    kMore,    // the next record is not whole: *needed bytes would do
    kBad,     // counted; nothing behind it can be read
  };
  // Walks the records of [data + *at, data + size) into the batch.
  Walk walk(const uint8_t* data, uint64_t size, uint64_t* at, Batch* batch, uint32_t* needed);
  // A batch that has frames is told before the end is.
  static Status end_of(const Batch& batch) { return batch.count ? Status::kFrames : Status::kEnd; }

  RecordParser parser_;
  FrameFilter filter_;
  SourceCounters counters_;
  std::string message_;
};

// "<name> is no pcap or pcapng file", what it looks like, and what is read. For code FORMAT.
std::string not_a_capture(const std::string& name, const uint8_t* data, uint64_t size);

}  // namespace pbfast::capture
