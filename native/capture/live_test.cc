#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "capture/source.h"

using namespace pbfast;
using capture::Opened;
using capture::Status;

namespace {

// Two sockets on the loopback.
class Talk {
 public:
  Talk() {
    socklen_t size = sizeof address_;
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address_), size) == 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address_), &size);
  }
  ~Talk() {
    close(listener_);
    close(speaker_);
  }
  uint16_t port() const { return ntohs(address_.sin_port); }
  void say(const std::string& words) const {
    CHECK(sendto(speaker_, words.data(), words.size(), 0,
                 reinterpret_cast<const sockaddr*>(&address_),
                 sizeof address_) == static_cast<ssize_t>(words.size()));
  }

 private:
  int listener_ = socket(AF_INET, SOCK_DGRAM, 0), speaker_ = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address_{};
};

capture::LiveOptions on_loopback(const std::string& filter) {
  capture::LiveOptions options;
  options.device = "lo";
  options.filter = filter;
  options.ring_bytes = 4u << 20;
  return options;
}

// No source, and a visible line, when the right to capture is missing.
Opened open_or_tell(const capture::LiveOptions& options) {
  Opened opened = capture::open_live(options);
  if (opened.code == "PERMISSION")
    MESSAGE("skipped: no right to capture: " << opened.message);
  else
    REQUIRE_MESSAGE(opened.source, opened.message);
  return opened;
}

struct Seen {
  std::vector<std::string> payloads;
  uint32_t calls = 0;
  bool ethernet = true, timed = true;
};

// Until so many frames came, or a second passed without.
Seen listen(capture::Source* source, size_t frames) {
  Seen seen;
  capture::Batch batch;
  for (int idle = 0; idle < 20 && seen.payloads.size() < frames; seen.calls++) {
    const Status status = source->next(&batch, 50);
    REQUIRE_MESSAGE((status == Status::kFrames || status == Status::kIdle), source->message());
    if (status == Status::kIdle) idle++;
    for (uint32_t i = 0; i < batch.count; i++) {
      const capture::Frame& frame = batch.frames[i];
      REQUIRE(frame.captured >= 42);
      seen.payloads.emplace_back(reinterpret_cast<const char*>(frame.data) + 42,
                                 frame.captured - 42);
      seen.ethernet &= frame.link_type == 1 && frame.wire >= frame.captured;
      seen.timed &= frame.time > 1'600'000'000 * base::kSecond;
    }
  }
  return seen;
}

}  // namespace

TEST_CASE("live: what passes the filter on lo comes whole, in order, in batches") {
  const Talk talk, other;
  Opened opened = open_or_tell(on_loopback("udp dst port " + std::to_string(talk.port())));
  if (!opened.source) return;
  CHECK(opened.source->is_live());
  constexpr size_t kFrames = 200;
  for (size_t i = 0; i < kFrames; i++) {
    talk.say("number " + std::to_string(i) + std::string(i * 50, 'x'));
    other.say("not this");
  }
  const Seen seen = listen(opened.source.get(), kFrames);
  REQUIRE(seen.payloads.size() == kFrames);
  for (size_t i = 0; i < kFrames; i++)
    CHECK(seen.payloads[i] == "number " + std::to_string(i) + std::string(i * 50, 'x'));
  CHECK(seen.calls >= kFrames / capture::kBatchFrames);
  CHECK(seen.ethernet);
  CHECK(seen.timed);
  const capture::SourceCounters counters = opened.source->counters();
  CHECK(counters.received >= kFrames);
  CHECK(counters.kernel_dropped == 0);
  CHECK(opened.source->counters().received >= counters.received);
}

TEST_CASE("live: a batch of the largest datagrams is held whole") {
  const Talk talk;
  capture::LiveOptions options = on_loopback("udp dst port " + std::to_string(talk.port()));
  options.ring_bytes = 32u << 20;
  Opened opened = open_or_tell(options);
  if (!opened.source) return;
  for (char c = 'A'; c < 'A' + 40; c++) talk.say(std::string(60'000, c));
  const Seen seen = listen(opened.source.get(), 40);
  REQUIRE(seen.payloads.size() == 40);
  for (size_t i = 0; i < 40; i++)
    CHECK(seen.payloads[i] == std::string(60'000, static_cast<char>('A' + i)));
}

TEST_CASE("live: a snapshot length cuts the frame, not its length on the wire") {
  const Talk talk;
  capture::LiveOptions options = on_loopback("udp dst port " + std::to_string(talk.port()));
  options.snaplen = 100;
  Opened opened = open_or_tell(options);
  if (!opened.source) return;
  talk.say(std::string(1000, 'x'));
  capture::Batch batch;
  for (int i = 0; i < 20 && batch.count == 0; i++) opened.source->next(&batch, 50);
  REQUIRE(batch.count == 1);
  CHECK(batch.frames[0].captured == 100);
  CHECK(batch.frames[0].wire == 1042);
}

TEST_CASE("live: nothing on the wire is idle, not an end") {
  Opened opened = open_or_tell(on_loopback("udp dst port 1"));
  if (!opened.source) return;
  capture::Batch batch;
  for (int i = 0; i < 3; i++) CHECK(opened.source->next(&batch, 1) == Status::kIdle);
  CHECK(batch.count == 0);
}

TEST_CASE("live: a device that is not there and a filter that says nothing") {
  capture::LiveOptions missing;
  missing.device = "no-such-device";
  const Opened device = capture::open_live(missing);
  CHECK((device.code == "DEVICE" || device.code == "PERMISSION"));
  CHECK(device.message.find("'no-such-device'") != std::string::npos);
  const Opened filter = capture::open_live(on_loopback("tcp prt 80"));
  CHECK((filter.code == "FILTER" || filter.code == "PERMISSION"));
  if (filter.code == "FILTER") {
    CHECK(filter.message.find("'tcp prt 80'") != std::string::npos);
    CHECK(filter.message.find("syntax error") != std::string::npos);
  }
}

TEST_CASE("devices: the loopback is listed with its address") {
  uint32_t count = 0;
  std::string error;
  const auto devices = capture::list_devices(&count, &error);
  REQUIRE_MESSAGE(devices, error);
  bool found = false;
  for (uint32_t i = 0; i < count; i++) {
    if (devices[i].name != "lo") continue;
    found = true;
    CHECK(devices[i].loopback);
    CHECK(devices[i].up);
    CHECK(devices[i].addresses.find("127.0.0.1") != std::string::npos);
  }
  if (!found) MESSAGE("no loopback device here, or no right to see it");
}
