#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "capture/capture_builder.h"
#include "capture/file_list.h"
#include "capture/source.h"
#include "decode/frame_builder.h"

using namespace pbfast;
using namespace pbfast::capture::testing;
using capture::Opened;
using capture::Status;
namespace frames = decode::testing;

namespace {

// A directory of its own for each test case.
class Folder {
 public:
  Folder() { REQUIRE(mkdtemp(path_) != nullptr); }
  ~Folder() {
    for (const std::string& file : files_) std::remove(file.c_str());
    rmdir(path_);
  }
  std::string path() const { return path_; }
  std::string write(const std::string& name, const Data& bytes) {
    FILE* file = std::fopen(add(name).c_str(), "wb");
    REQUIRE(file != nullptr);
    CHECK(std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size());
    std::fclose(file);
    return files_.back();
  }
  std::string write_gzip(const std::string& name, const Data& bytes) {
    gzFile file = gzopen(add(name).c_str(), "wb");
    REQUIRE(file != nullptr);
    CHECK(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) ==
          static_cast<int>(bytes.size()));
    gzclose(file);
    return files_.back();
  }

 private:
  std::string add(const std::string& name) {
    files_.push_back(path() + '/' + name);
    return files_.back();
  }
  char path_[32] = "/tmp/pbfast-capture-XXXXXX";
  std::vector<std::string> files_;
};

Data read_file(const std::string& path) {
  FILE* file = std::fopen(path.c_str(), "rb");
  REQUIRE(file != nullptr);
  Data bytes(1 << 22, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  return bytes;
}

struct Read {
  std::vector<Data> frames;
  Status last = Status::kEnd;
  capture::SourceCounters counters;
  std::string message;
};

Read read_all(Opened opened) {
  Read read;
  REQUIRE_MESSAGE(opened.source, opened.message);
  CHECK(opened.code.empty());
  CHECK_FALSE(opened.source->is_live());
  capture::Batch batch;
  while ((read.last = opened.source->next(&batch, 0)) == Status::kFrames) {
    REQUIRE(batch.count <= capture::kBatchFrames);
    for (uint32_t i = 0; i < batch.count; i++)
      read.frames.emplace_back(reinterpret_cast<const char*>(batch.frames[i].data),
                               batch.frames[i].captured);
  }
  read.counters = opened.source->counters();
  read.message = opened.source->message();
  return read;
}

Opened open_image(const Data& image) {
  return capture::open_memory(reinterpret_cast<const uint8_t*>(image.data()), image.size());
}

Data frame_of(size_t i) { return "frame " + std::to_string(i) + Data(i % 97, 'x'); }

Data numbered_pcap(size_t from, size_t count) {
  Data image = pcap_header();
  for (size_t i = from; i < from + count; i++)
    image += pcap_record(static_cast<uint32_t>(i), 0, frame_of(i));
  return image;
}

void check_numbered(const Read& read, size_t count) {
  REQUIRE(read.frames.size() == count);
  for (size_t i = 0; i < count; i++) CHECK(read.frames[i] == frame_of(i));
  CHECK(read.counters.received == count);
  CHECK(read.last == Status::kEnd);
}

void check_refused(const Opened& opened, const std::string& code, const std::string& path) {
  CHECK(opened.source == nullptr);
  CHECK(opened.code == code);
  CHECK_MESSAGE(opened.message.find(path) != std::string::npos, opened.message);
}

}  // namespace

TEST_CASE("a file is read to its end, plain or compressed, whatever the batches") {
  Folder folder;
  for (const size_t count : {0, 1, 31, 32, 33, 64, 1000}) {
    const Data image = numbered_pcap(0, count);
    check_numbered(read_all(capture::open_file(folder.write("a.pcap", image), "")), count);
    check_numbered(read_all(capture::open_file(folder.write_gzip("a.gz", image), "")), count);
    check_numbered(read_all(open_image(image)), count);
  }
}

TEST_CASE("a file larger than what is buffered") {
  Folder folder;
  Data image = pcap_header();
  constexpr size_t kFrames = 600, kSize = 60'000;
  for (size_t i = 0; i < kFrames; i++)
    image += pcap_record(1, 0, Data(kSize, static_cast<char>(i)));
  for (const auto& path : {folder.write("a.pcap", image), folder.write_gzip("a.gz", image)}) {
    const Read read = read_all(capture::open_file(path, ""));
    REQUIRE(read.frames.size() == kFrames);
    for (size_t i = 0; i < kFrames; i++) CHECK(read.frames[i] == Data(kSize, static_cast<char>(i)));
  }
}

TEST_CASE("compressed pcapng, with a record larger than the buffer") {
  Folder folder;
  const Data large(3 << 20, 'L');
  const Data image = section() + interface_block() + enhanced(0, 1, "small") +
                     block(0x0bad, Data(2 << 20, 'u')) + enhanced(0, 2, large) +
                     enhanced(0, 3, "last");
  const Read read = read_all(capture::open_file(folder.write_gzip("a.gz", image), ""));
  REQUIRE(read.frames.size() == 3);
  CHECK(read.frames[1] == large);
  CHECK(read.frames[2] == "last");
  CHECK(read.counters.truncated_records == 0);
  CHECK(read.counters.bad_records == 0);
}

TEST_CASE("an image cut at any byte: whole frames, and one truncated record") {
  const Data images[] = {numbered_pcap(0, 40), section() + interface_block() +
                                                   enhanced(0, 1, "one") + simple("second") +
                                                   obsolete(0, 1, "third")};
  for (const Data& image : images) {
    size_t boundaries = 0;
    for (size_t size = 24; size <= image.size(); size++) {
      const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]);
      std::memcpy(bytes.get(), image.data(), size);
      const Read read = read_all(capture::open_memory(bytes.get(), size));
      CHECK(read.last == Status::kEnd);
      CHECK(read.counters.bad_records == 0);
      CHECK(read.counters.truncated_records <= 1);
      CHECK(read.counters.received == read.frames.size());
      boundaries += read.counters.truncated_records == 0;
    }
    CHECK(boundaries == (image[0] == '\x0a' ? 5 : 41));
  }
  for (size_t size = 0; size < 12; size++)
    check_refused(open_image(section().substr(0, size)), "FORMAT", "image");
}

TEST_CASE("a compressed file cut at any byte ends without an error") {
  Folder folder;
  const Data whole = read_file(folder.write_gzip("whole.gz", numbered_pcap(0, 20)));
  for (size_t size = 2; size < whole.size(); size++) {
    Opened opened = capture::open_file(folder.write("cut.gz", whole.substr(0, size)), "");
    if (!opened.source) {
      CHECK(opened.code == "FORMAT");
      continue;
    }
    const Read read = read_all(std::move(opened));
    CHECK(read.last == Status::kEnd);
    CHECK(read.counters.truncated_records == 1);
  }
}

TEST_CASE("a damaged compressed file is an error that says so") {
  Folder folder;
  Data image = pcap_header();
  for (uint32_t i = 0, x = 1; i < 300'000; i++, x = x * 1664525 + 1013904223)
    image += pcap_record(i, 0, Order{}.u32(x));
  Data packed = read_file(folder.write_gzip("a.gz", image));
  for (size_t i = packed.size() / 2; i < packed.size() / 2 + 64; i++) packed[i] ^= '\x55';
  const Read read = read_all(capture::open_file(folder.write("bad.gz", packed), ""));
  CHECK((read.last == Status::kError || read.counters.bad_records == 1));
  if (read.last == Status::kError)
    CHECK(read.message.find("reading failed: ") != std::string::npos);
}

TEST_CASE("a lying length is counted and ends the file, the frames before it are kept") {
  Folder folder;
  for (const size_t before : {0, 1, 32, 50}) {
    const Data image = numbered_pcap(0, before) + pcap_record(1, 1, "lie", 0x7fffffff) +
                       pcap_record(1, 1, "behind");
    const auto check = [&](Opened opened) {
      const Read read = read_all(std::move(opened));
      check_numbered(read, before);
      CHECK(read.counters.bad_records == 1);
      CHECK(read.counters.truncated_records == 0);
    };
    check(open_image(image));
    check(capture::open_file(folder.write("a.pcap", image), ""));
    check(capture::open_file(folder.write_gzip("a.gz", image), ""));
  }
}

TEST_CASE("what cannot be opened says why") {
  Folder folder;
  check_refused(capture::open_file(folder.path() + "/missing", ""), "FILE", "/missing");
  check_refused(capture::open_file(folder.path(), ""), "FILE", folder.path());
  check_refused(capture::open_file(folder.write("empty", ""), ""), "FORMAT", "empty");
  check_refused(capture::open_file(folder.write("short", "\xd4\xc3"), ""), "FORMAT", "d4 c3");
  check_refused(capture::open_file(folder.write("text", Data(5000, 'x')), ""), "FORMAT",
                "78 78 78");
  check_refused(capture::open_file(folder.write_gzip("text.gz", Data(5000, 'x')), ""), "FORMAT",
                "text.gz");
  check_refused(capture::open_file(folder.write("magic.gz", "\x1f\x8b"), ""), "FORMAT", "magic");
  check_refused(capture::open_file(folder.write("a.pcap", pcap_header()), "tcp port port"),
                "FILTER", "tcp port port");
  check_refused(open_image(""), "FORMAT", "empty");
}

TEST_CASE("a filter selects, on each interface by its link type") {
  Folder folder;
  const Data tcp = frames::ipv4(6, frames::tcp(1000, 80, "t"));
  const Data udp = frames::ipv4(17, frames::udp(1000, 53, "u"));
  Data image = section() + interface_block(1) + interface_block(101) + interface_block(9999);
  for (int i = 0; i < 100; i++) {
    image += enhanced(0, 1, frames::ethernet(0x0800, tcp)) + enhanced(1, 1, tcp) +
             enhanced(0, 1, frames::ethernet(0x0800, udp)) + enhanced(1, 1, udp) +
             enhanced(2, 1, tcp) + enhanced(0, 1, "x") + enhanced(1, 1, "");
  }
  for (const auto& path : {folder.write("a.pcapng", image), folder.write_gzip("a.gz", image)}) {
    const Read read = read_all(capture::open_file(path, "udp port 53"));
    REQUIRE(read.frames.size() == 200);
    for (size_t i = 0; i < 200; i += 2) {
      CHECK(read.frames[i] == frames::ethernet(0x0800, udp));
      CHECK(read.frames[i + 1] == udp);
    }
    CHECK(read.counters.received == 700);
    CHECK(read_all(capture::open_file(path, "udp port 54")).frames.empty());
  }
}

TEST_CASE("a list of files reads as one, with the counts of all") {
  Folder folder;
  const Data first = numbered_pcap(0, 40), second = numbered_pcap(40, 33);
  const std::string a = folder.write("a.pcap", first + pcap_record(1, 1, "cut", 9)),
                    b = folder.write_gzip("b.gz", second + pcap_record(1, 1, "", 0x7fffffff)),
                    c = folder.write("c.pcap", pcap_header());
  const Read read = read_all(capture::open_file_list({a, c, b, c}, ""));
  check_numbered(read, 73);
  CHECK(read.counters.truncated_records == 1);
  CHECK(read.counters.bad_records == 1);
}

TEST_CASE("a list whose first file is missing does not open, a later one is an error in its turn") {
  Folder folder;
  const std::string a = folder.write("a.pcap", numbered_pcap(0, 40));
  const std::string missing = folder.path() + "/missing";
  check_refused(capture::open_file_list({missing, a}, ""), "FILE", missing);
  const Read read = read_all(capture::open_file_list({a, missing, a}, ""));
  CHECK(read.frames.size() == 40);
  CHECK(read.last == Status::kError);
  CHECK(read.message.find(missing) != std::string::npos);
  CHECK(read.counters.received == 40);
}
