// Several engines over one capture, each on its own thread, for bench/shards.js: how long the
// slowest thread computes is what the capture takes where there is a core for each.
//   shards_bench FILE [--shards N] [--split] [--ports 80,6379]
// Without --split every engine reads the whole file, as `pbfast read --workers N` does; with it
// each gets the packets of its own flows, as the kernel hands them out live. Prints `packets N
// slowest_ns_per_packet X sum_ns_per_packet Y`.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "capture/source.h"
#include "engine/engine.h"
#include "handoff/take_all.h"

namespace {

using namespace pbfast;

struct Arguments {
  std::string file, ports = "80,8080,53,6379";
  uint32_t shards = 1;
  bool split = false;
};

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; i++) {
    const char* next = i + 1 < argc ? argv[i + 1] : "";
    if (!std::strcmp(argv[i], "--shards"))
      arguments.shards = std::max(1u, static_cast<uint32_t>(std::atoi(next))), i++;
    else if (!std::strcmp(argv[i], "--ports"))
      arguments.ports = next, i++;
    else if (!std::strcmp(argv[i], "--split"))
      arguments.split = true;
    else
      arguments.file = argv[i];
  }
  return arguments;
}

engine::Options options_of(const Arguments& arguments) {
  engine::Options options;
  options.report_flows = true;
  options.icmp = true;
  for (size_t at = 0; at < arguments.ports.size();) {
    const auto port = static_cast<uint16_t>(std::atoi(arguments.ports.c_str() + at));
    options.tcp_ports.set(port);
    options.udp_ports.set(port);
    const size_t comma = arguments.ports.find(',', at);
    at = comma == std::string::npos ? arguments.ports.size() : comma + 1;
  }
  return options;
}

// The frames of one shard, read into memory before the clock runs.
class Part final : public capture::Source {
 public:
  void add(const capture::Frame& frame) {
    frames_.push_back(frame);
    offsets_.push_back(bytes_.size());
    bytes_.insert(bytes_.end(), frame.data, frame.data + frame.captured);
  }
  capture::Status next(capture::Batch* batch, int) override {
    batch->count = 0;
    while (batch->count < capture::kBatchFrames && at_ < frames_.size()) {
      capture::Frame frame = frames_[at_];
      frame.data = bytes_.data() + offsets_[at_++];
      batch->frames[batch->count++] = frame;
    }
    return batch->count > 0 ? capture::Status::kFrames : capture::Status::kEnd;
  }
  capture::SourceCounters counters() override { return {}; }
  bool is_live() const override { return false; }
  const std::string& message() const override { return message_; }

 private:
  std::vector<capture::Frame> frames_;
  std::vector<size_t> offsets_;
  std::vector<uint8_t> bytes_;
  size_t at_ = 0;
  std::string message_;
};

std::vector<std::unique_ptr<Part>> split(capture::Source* source, uint32_t shards) {
  std::vector<std::unique_ptr<Part>> parts;
  for (uint32_t i = 0; i < shards; i++) parts.push_back(std::make_unique<Part>());
  capture::Batch batch;
  while (source->next(&batch, 0) == capture::Status::kFrames) {
    for (uint32_t i = 0; i < batch.count; i++) {
      decode::PacketView view;
      flow::Key key{};
      if (decode::decode_frame(batch.frames[i], &view) == decode::Verdict::kOk)
        flow::make_key(view, &key);
      parts[(key.hash({}) & 0xffffffff) * shards >> 32]->add(batch.frames[i]);
    }
  }
  return parts;
}

uint64_t thread_nanos() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

// An engine on its thread, and another in the place of its worker.
class Lane {
 public:
  Lane(const engine::Options& options, std::unique_ptr<capture::Source> source)
      : ring_(handoff::kBatches), engine_(options, std::move(source), &ring_) {}
  void start() {
    worker_ = std::thread([this] { handoff::take_all(&ring_); });
    thread_ = std::thread([this] {
      const uint64_t before = thread_nanos();
      engine_.run();
      nanos_ = thread_nanos() - before;
    });
  }
  void join() {
    thread_.join();
    worker_.join();
  }
  uint64_t nanos() const { return nanos_; }
  uint64_t packets() const { return engine_.counters().packets; }

 private:
  handoff::Ring ring_;
  engine::Engine engine_;
  std::thread worker_, thread_;
  uint64_t nanos_ = 0;
};

std::vector<std::unique_ptr<Lane>> make_lanes(const Arguments& arguments) {
  std::vector<std::unique_ptr<Lane>> lanes;
  engine::Options options = options_of(arguments);
  if (arguments.split) {
    auto opened = capture::open_file(arguments.file, "");
    if (!opened.source) return lanes;
    for (auto& part : split(opened.source.get(), arguments.shards))
      lanes.push_back(std::make_unique<Lane>(options, std::move(part)));
    return lanes;
  }
  options.shards = arguments.shards;
  if (options.shards > 1) options.numbering = std::make_shared<engine::Numbering>(options.shards);
  for (; options.shard < options.shards; options.shard++) {
    auto opened = capture::open_file(arguments.file, "");
    if (!opened.source) return {};
    lanes.push_back(std::make_unique<Lane>(options, std::move(opened.source)));
  }
  return lanes;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const auto lanes = make_lanes(arguments);
  if (lanes.empty()) {
    std::fprintf(stderr, "shards_bench: %s cannot be read\n", arguments.file.c_str());
    return 1;
  }
  for (const auto& lane : lanes) lane->start();
  uint64_t packets = 0, slowest = 0, sum = 0;
  for (const auto& lane : lanes) {
    lane->join();
    packets += lane->packets();
    slowest = std::max(slowest, lane->nanos());
    sum += lane->nanos();
  }
  const double all = static_cast<double>(packets ? packets : 1);
  std::printf("packets %llu slowest_ns_per_packet %.2f sum_ns_per_packet %.2f\n",
              static_cast<unsigned long long>(packets), static_cast<double>(slowest) / all,
              static_cast<double>(sum) / all);
  return 0;
}
