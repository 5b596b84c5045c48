#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "capture/capture_builder.h"
#include "capture/stream_source.h"

using namespace pbfast;
using namespace pbfast::capture::testing;
using capture::Opened;
using capture::Status;

namespace {

// A file without a name.
class File {
 public:
  File() : fd_(mkstemp(path_)) {
    REQUIRE(fd_ >= 0);
    unlink(path_);
  }
  ~File() { close(fd_); }
  void write(const Data& bytes) {
    REQUIRE(::write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void cut(uint64_t size) { REQUIRE(ftruncate(fd_, static_cast<off_t>(size)) == 0); }
  Opened open(const std::string& filter = "") const {
    return capture::open_stream(from_start(), "the file", filter);
  }

 private:
  int from_start() const {
    REQUIRE(lseek(fd_, 0, SEEK_SET) == 0);
    return dup(fd_);
  }

  char path_[32] = "/tmp/pbfast-file-XXXXXX";
  int fd_;
};

struct Read {
  uint64_t frames = 0, calls = 0;
  Status last = Status::kFrames;
};

Read read_all(capture::Source* source) {
  Read read;
  capture::Batch batch;
  while ((read.last = source->next(&batch, 0)) == Status::kFrames) {
    read.calls++;
    read.frames += batch.count;
    for (uint32_t i = 0; i < batch.count; i++) CHECK(batch.frames[i].data[0] == 'x');
  }
  return read;
}

constexpr size_t kFrame = 60'000;

void write_frames(File* file, int count) {
  file->write(pcap_header());
  const Data record = pcap_record(1, 0, Data(kFrame, 'x'));
  for (int i = 0; i < count; i++) file->write(record);
}

}  // namespace

TEST_CASE("one call walks a bounded part of a file of which the filter takes nothing") {
  File file;
  write_frames(&file, 200);
  Opened opened = file.open("ether[0] == 0");
  REQUIRE(opened.source);
  const Read read = read_all(opened.source.get());
  CHECK(read.last == Status::kEnd);
  CHECK(read.frames == 0);
  CHECK(read.calls >= 4);
}

TEST_CASE("a file that is cut while it is read ends there") {
  File file;
  write_frames(&file, 400);
  Opened opened = file.open();
  REQUIRE(opened.source);
  capture::Batch batch;
  REQUIRE(opened.source->next(&batch, 0) == Status::kFrames);
  file.cut(8 << 20);
  const Read read = read_all(opened.source.get());
  CHECK(read.last == Status::kEnd);
  CHECK(read.frames + batch.count < 400);
  CHECK(opened.source->counters().received == read.frames + batch.count);
  CHECK(opened.source->counters().bad_records == 0);
}

TEST_CASE("a filter is understood for the file's own link type") {
  File raw;
  raw.write(pcap_header(101) + pcap_record(1, 1, "x"));
  const Opened refused = raw.open("ether host 00:00:00:00:00:01");
  CHECK(refused.code == "FILTER");
  CHECK(refused.message.find("ether host") != std::string::npos);
  File ng;
  ng.write(section() + interface_block(101) + enhanced(0, 1, "x"));
  CHECK(ng.open("ether host 00:00:00:00:00:01").code == "FILTER");
  CHECK(ng.open("ip").code.empty());
}

TEST_CASE("a bad filter is told in libpcap's own words") {
  File file;
  write_frames(&file, 1);
  const Opened refused = file.open("tcp prt 80");
  CHECK(refused.code == "FILTER");
  CHECK(refused.message.find("'tcp prt 80'") != std::string::npos);
  CHECK(refused.message.find("syntax error") != std::string::npos);
}

TEST_CASE("what is no capture file is told with what it is and what is read") {
  struct Case {
    Data bytes;
    const char* text;
  };
  for (const Case& c :
       {Case{"PK\x03\x04zip", "50 4b 03 04 7a 69 70 (a zip archive)"},
        Case{"\x28\xb5\x2f\xfd rest", "zstd"}, Case{pcap_header().substr(0, 20), "pcap, cut short"},
        Case{section().substr(0, 11), "pcapng, cut short"}}) {
    File file;
    file.write(c.bytes);
    const Opened refused = file.open();
    CHECK(refused.code == "FORMAT");
    CHECK_MESSAGE(refused.message.find(c.text) != std::string::npos, refused.message);
    CHECK(refused.message.find("pcap and pcapng are read") != std::string::npos);
  }
}
