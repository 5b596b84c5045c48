#include "capture/stream_source.h"

#include <doctest/doctest.h>
#include <unistd.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "capture/capture_builder.h"

using namespace pbfast;
using namespace pbfast::capture::testing;
using capture::Opened;
using capture::Status;

namespace {

class Pipe {
 public:
  Pipe() { REQUIRE(pipe(ends_) == 0); }
  ~Pipe() { finish(); }
  int reader() const { return ends_[0]; }
  void write(const Data& bytes) {
    REQUIRE(::write(ends_[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  void finish() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2];
};

Data gzip(const Data& bytes) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Data out(deflateBound(&z, bytes.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

struct Read {
  std::vector<Data> frames;
  Status last = Status::kFrames;
  capture::SourceCounters counters;
};

// Until there is nothing more now.
void read_on(capture::Source* source, Read* read) {
  capture::Batch batch;
  while ((read->last = source->next(&batch, 0)) == Status::kFrames) {
    for (uint32_t i = 0; i < batch.count; i++)
      read->frames.emplace_back(reinterpret_cast<const char*>(batch.frames[i].data),
                                batch.frames[i].captured);
  }
  read->counters = source->counters();
}

// What comes of bytes that arrive in pieces of `piece`.
Read read_pieces(const Data& bytes, size_t header, size_t piece) {
  Pipe pipe;
  pipe.write(bytes.substr(0, header));
  Opened opened = capture::open_stream(pipe.reader(), "pipe", "");
  REQUIRE_MESSAGE(opened.source, opened.message);
  Read read;
  for (size_t at = header; at < bytes.size(); at += piece) {
    read_on(opened.source.get(), &read);
    REQUIRE(read.last == Status::kIdle);
    pipe.write(bytes.substr(at, piece));
  }
  pipe.finish();
  read_on(opened.source.get(), &read);
  return read;
}

Data pcap_image() {
  return pcap_header() + pcap_record(1, 1, "one") + pcap_record(2, 2, "") +
         pcap_record(3, 3, Data(100, 'x'));
}
Data ng_image() {
  return section() + interface_block() + enhanced(0, 1, "one") + section({true}) +
         interface_block(101, "", 0, {true}) + enhanced(0, 2, "", {true}) +
         enhanced(0, 3, Data(100, 'x'), {true});
}

void check_three(const Read& read) {
  CHECK(read.last == Status::kEnd);
  CHECK(read.frames == std::vector<Data>{"one", "", Data(100, 'x')});
  CHECK(read.counters.truncated_records == 0);
  CHECK(read.counters.bad_records == 0);
}

}  // namespace

TEST_CASE("a pipe gives each frame as soon as it is whole, in pieces of any size") {
  for (const Data& image : {pcap_image(), ng_image()}) {
    for (const size_t piece : {1, 2, 7, 16, 64, 1000}) check_three(read_pieces(image, 24, piece));
    const Data packed = gzip(image);
    for (const size_t piece : {1, 3, 1000})
      check_three(read_pieces(packed, packed.size() - 9, piece));
  }
}

TEST_CASE("a frame does not wait for bytes behind it") {
  Pipe pipe;
  pipe.write(pcap_header() + pcap_record(1, 1, "one").substr(0, 18));
  Opened opened = capture::open_stream(pipe.reader(), "pipe", "");
  REQUIRE(opened.source);
  Read read;
  read_on(opened.source.get(), &read);
  CHECK(read.frames.empty());
  CHECK(read.last == Status::kIdle);
  pipe.write(Data("e") + pcap_record(2, 2, "two"));
  read_on(opened.source.get(), &read);
  CHECK(read.frames.size() == 2);
  CHECK(read.frames[1] == "two");
  CHECK(read.last == Status::kIdle);
}

TEST_CASE("a pipe that ends at any byte: whole frames, at most one truncated record") {
  for (const Data& image : {pcap_image(), ng_image()}) {
    size_t whole = 0;
    for (size_t size = 24; size <= image.size(); size++) {
      const Read read = read_pieces(image.substr(0, size), 24, 50);
      CHECK(read.last == Status::kEnd);
      CHECK(read.counters.bad_records == 0);
      CHECK(read.counters.truncated_records <= 1);
      CHECK(read.counters.received == read.frames.size());
      whole += read.counters.truncated_records == 0;
    }
    CHECK(whole == (image[0] == '\x0a' ? 7 : 4));
  }
}

TEST_CASE("gzip of several members, and what is no member behind them") {
  const Data image = pcap_image();
  for (const size_t cut : {1, 24, 30, 60}) {
    const Data members = gzip(image.substr(0, cut)) + gzip("") + gzip(image.substr(cut));
    for (const Data& behind : {Data(), Data(512, '\0'), Data("\x1f"), Data("no member")})
      check_three(read_pieces(members + behind, members.size() - 9, 1000));
  }
}

TEST_CASE("gzip with a wrong checksum or body is an error with a name") {
  Data packed = gzip(pcap_image());
  packed[packed.size() - 8] ^= 1;
  Pipe pipe;
  pipe.write(packed);
  Opened opened = capture::open_stream(pipe.reader(), "the pipe", "");
  REQUIRE(opened.source);
  Read read;
  read_on(opened.source.get(), &read);
  CHECK(read.last == Status::kError);
  CHECK(read.frames.size() == 3);
  CHECK(opened.source->message().find("the pipe: reading failed: ") == 0);
  Pipe other;
  other.write("\x1f\x8b garbage that is no deflate stream at all");
  CHECK(capture::open_stream(other.reader(), "x", "").code == "FORMAT");
}

TEST_CASE("a record that claims much is waited for in a buffer that grows with what comes") {
  const Data large(3 << 20, 'L');
  const Data image = section() + interface_block() + enhanced(0, 1, large) + enhanced(0, 2, "last");
  const Read read = read_pieces(image, 24, 60'000);
  CHECK(read.last == Status::kEnd);
  REQUIRE(read.frames.size() == 2);
  CHECK(read.frames[0] == large);
  CHECK(read.frames[1] == "last");
}

TEST_CASE("a lying length ends the stream, frames before it are kept") {
  const Read read =
      read_pieces(pcap_image() + pcap_record(4, 4, "lie", 0x7fffffff) + "behind", 24, 1000);
  CHECK(read.last == Status::kEnd);
  CHECK(read.frames.size() == 3);
  CHECK(read.counters.bad_records == 1);
  CHECK(read.counters.truncated_records == 0);
}

TEST_CASE("standard input is read by the name of a dash") {
  Pipe pipe;
  pipe.write(pcap_image());
  pipe.finish();
  const int kept = dup(STDIN_FILENO);
  dup2(pipe.reader(), STDIN_FILENO);
  close(pipe.reader());
  Opened opened = capture::open_file("-", "");
  dup2(kept, STDIN_FILENO);
  close(kept);
  REQUIRE_MESSAGE(opened.source, opened.message);
  Read read;
  read_on(opened.source.get(), &read);
  check_three(read);
}
