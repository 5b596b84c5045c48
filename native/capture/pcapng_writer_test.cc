#include "capture/pcapng_writer.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "capture/dump.h"

using namespace pbfast;
using capture::Frame;

namespace {

struct TempFile {
  std::string path = "/tmp/pbfast-pcapng-" + std::to_string(getpid());
  ~TempFile() { unlink(path.c_str()); }
};

Frame frame_of(const std::string& bytes, uint32_t wire, base::Nanos time, uint16_t link_type) {
  Frame frame;
  frame.data = reinterpret_cast<const uint8_t*>(bytes.data());
  frame.captured = static_cast<uint32_t>(bytes.size());
  frame.wire = wire;
  frame.time = time;
  frame.link_type = link_type;
  return frame;
}

// Gives frames one by one.
class Given final : public capture::Source {
 public:
  explicit Given(std::vector<Frame> frames) : frames_(std::move(frames)) {}
  capture::Status next(capture::Batch* batch, int) override {
    batch->count = 0;
    if (at_ == frames_.size()) return capture::Status::kEnd;
    batch->frames[batch->count++] = frames_[at_++];
    return capture::Status::kFrames;
  }
  capture::SourceCounters counters() override { return {}; }
  bool is_live() const override { return true; }
  const std::string& message() const override { return message_; }

 private:
  std::vector<Frame> frames_;
  size_t at_ = 0;
  std::string message_;
};

}  // namespace

TEST_CASE("pcapng: what is written is read again, to the nanosecond, by interface and length") {
  const TempFile file;
  std::vector<std::string> sent;
  for (size_t i = 0; i < 100; i++) sent.emplace_back(14 + i * 37 % 1500, static_cast<char>(i));
  {
    capture::PcapngWriter writer(file.path);
    const uint32_t wire = writer.add_interface(1, "eth0"),
                   cooked = writer.add_interface(276, "any");
    for (size_t i = 0; i < sent.size(); i++) {
      const uint32_t longer = static_cast<uint32_t>(sent[i].size() + i);
      const base::Nanos time = 1'700'000'000'123'456'789ull + i;
      writer.packet(i % 2 ? cooked : wire, frame_of(sent[i], longer, time, 0));
    }
    writer.statistics(wire, 5, {});
    REQUIRE(writer.error().empty());
  }
  capture::Opened opened = capture::open_file(file.path, "");
  REQUIRE_MESSAGE(opened.source, opened.message);
  capture::Batch batch;
  size_t n = 0;
  while (opened.source->next(&batch, 0) == capture::Status::kFrames) {
    for (uint32_t i = 0; i < batch.count; i++, n++) {
      const Frame& frame = batch.frames[i];
      REQUIRE(n < sent.size());
      CHECK(std::string(reinterpret_cast<const char*>(frame.data), frame.captured) == sent[n]);
      CHECK(frame.wire == sent[n].size() + n);
      CHECK(frame.time == 1'700'000'000'123'456'789ull + n);
      CHECK(frame.link_type == (n % 2 ? 276 : 1));
    }
  }
  CHECK(n == sent.size());
  const capture::SourceCounters counters = opened.source->counters();
  CHECK(counters.bad_records + counters.truncated_records == 0);
}

TEST_CASE("dump: frames go on when the file cannot be written, which is told once and counted") {
  const std::string bytes(1000, 'x');
  auto control = std::make_shared<capture::LiveControl>();
  // Opens, but takes nothing.
  auto writer = std::make_shared<capture::PcapngWriter>("/dev/full");
  const std::vector<Frame> frames(1000, frame_of(bytes, 1000, 1, 1));
  const auto dump = capture::make_dump(std::make_unique<Given>(frames), "eth0", writer, control);
  capture::Batch batch;
  size_t n = 0;
  while (dump->next(&batch, 0) == capture::Status::kFrames) n += batch.count;
  CHECK(n == 1000);
  CHECK(dump->counters().undumped > 0);
  const std::vector<std::string> notices = control->take_notices();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].find("'/dev/full' cannot be written any more") == 0);
}

TEST_CASE("live control: a target is taken once, by its interface") {
  capture::LiveControl control;
  CHECK(control.take_target(0).empty());
  control.retarget(1, "eth1");
  CHECK(control.take_target(0).empty());
  CHECK(control.take_target(1) == "eth1");
  CHECK(control.take_target(1).empty());
  for (size_t i = 0; i < 100; i++) control.tell(std::to_string(i));
  CHECK(control.take_notices().size() == capture::LiveControl::kMaxNotices);
  CHECK(control.take_notices().empty());
}
