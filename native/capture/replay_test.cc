#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "capture/capture_builder.h"
#include "capture/source.h"

using namespace pbfast;
using namespace pbfast::capture::testing;
using capture::Opened;
using capture::Status;

namespace {

struct Read {
  std::vector<base::Nanos> times;
  capture::SourceCounters counters;
};

Read play(const Data& image, uint32_t loops) {
  Opened opened =
      capture::open_memory(reinterpret_cast<const uint8_t*>(image.data()), image.size(), loops);
  REQUIRE_MESSAGE(opened.source, opened.message);
  Read read;
  capture::Batch batch;
  Status status;
  while ((status = opened.source->next(&batch, 0)) == Status::kFrames) {
    for (uint32_t i = 0; i < batch.count; i++) read.times.push_back(batch.frames[i].time);
  }
  CHECK(status == Status::kEnd);
  CHECK(opened.source->next(&batch, 0) == Status::kEnd);
  read.counters = opened.source->counters();
  return read;
}

constexpr base::Nanos kS = base::kSecond;

}  // namespace

TEST_CASE("an image is played as often as asked, and time goes on") {
  const Data image = pcap_header() + pcap_record(10, 0, "a") + pcap_record(9, 0, "earlier") +
                     pcap_record(12, 0, "b");
  CHECK(play(image, 0).times == std::vector<base::Nanos>{10 * kS, 9 * kS, 12 * kS});
  CHECK(play(image, 1).times == play(image, 0).times);
  const std::vector<base::Nanos> thrice = play(image, 3).times;
  REQUIRE(thrice.size() == 9);
  for (size_t i = 3; i < 9; i++) CHECK(thrice[i] == thrice[i - 3] + 3 * kS + 1'000'000);
  CHECK(play(image, 100).counters.received == 300);
}

TEST_CASE("time stops at its last value") {
  const Data image =
      pcap_header() + pcap_record(0, 0, "a") + pcap_record(0xffffffff, 4'000'000'000, "b");
  const std::vector<base::Nanos> times = play(image, 4).times;
  REQUIRE(times.size() == 8);
  CHECK(times[7] == 0xffffffff * kS + 999'999'999);
  for (size_t i = 2; i < 8; i++) CHECK(times[i] >= times[i - 2]);
}

TEST_CASE("sections of another byte order do not last into the next loop") {
  const Data image = section() + interface_block() + enhanced(0, 5, "little") + section({true}) +
                     interface_block(1, "", 0, {true}) + enhanced(0, 6, "big", {true});
  const Read read = play(image, 50);
  CHECK(read.times.size() == 100);
  CHECK(read.counters.bad_records == 0);
}

TEST_CASE("an image without frames, cut or damaged, ends after each loop") {
  CHECK(play(pcap_header(), 0xffffffff).times.empty());
  CHECK(play(section() + interface_block(), 0xffffffff).times.empty());
  const Data one = pcap_header() + pcap_record(1, 0, "a");
  CHECK(play(one + "cut", 3).counters.truncated_records == 3);
  CHECK(play(one + pcap_record(1, 0, "lie", 0x7fffffff), 3).counters.bad_records == 3);
}
