// Runs a capture through the engine up to a stage, for the ladder of bench/ and for callgrind.
//   engine_bench FILE [--stage read|decode|flow|reassemble|handoff] [--loops N] [--flows] [--ports
//   80,6379]
// Prints `packets N ns_per_packet X records R`. The worker's side only takes and releases batches.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "capture/source.h"
#include "engine/engine.h"
#include "handoff/take_all.h"

namespace {

using pbfast::engine::Options;
using pbfast::engine::Stage;

struct Arguments {
  std::string file;
  Stage stage = Stage::kAll;
  uint32_t loops = 1;
  bool flows = false;
  std::string ports = "80,8080,53,6379";
};

Stage stage_of(const char* name) {
  static constexpr std::pair<const char*, Stage> kStages[] = {{"read", Stage::kRead},
                                                              {"decode", Stage::kDecode},
                                                              {"flow", Stage::kFlow},
                                                              {"reassemble", Stage::kReassemble}};
  for (const auto& [known, stage] : kStages) {
    if (!std::strcmp(known, name)) return stage;
  }
  return Stage::kAll;
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; i++) {
    const char* next = i + 1 < argc ? argv[i + 1] : "";
    if (!std::strcmp(argv[i], "--stage"))
      arguments.stage = stage_of(next), i++;
    else if (!std::strcmp(argv[i], "--loops"))
      arguments.loops = static_cast<uint32_t>(std::atoi(next)), i++;
    else if (!std::strcmp(argv[i], "--ports"))
      arguments.ports = next, i++;
    else if (!std::strcmp(argv[i], "--flows"))
      arguments.flows = true;
    else
      arguments.file = argv[i];
  }
  return arguments;
}

uint64_t cpu_nanos() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

Options options_of(const Arguments& arguments) {
  Options options;
  options.stage = arguments.stage;
  options.report_flows = arguments.flows;
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

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  uint64_t packets = 0, records = 0, nanos = 0;
  for (uint32_t i = 0; i < arguments.loops; i++) {
    auto opened = pbfast::capture::open_file(arguments.file, "");
    if (!opened.source) {
      std::fprintf(stderr, "engine_bench: %s\n", opened.message.c_str());
      return 1;
    }
    pbfast::handoff::Ring ring(pbfast::handoff::kBatches);
    pbfast::engine::Engine engine(options_of(arguments), std::move(opened.source), &ring);
    const uint64_t before = cpu_nanos();
    std::thread worker([&] { records += pbfast::handoff::take_all(&ring); });
    engine.run();
    worker.join();
    nanos += cpu_nanos() - before;
    packets += engine.counters().packets;
  }
  std::printf("packets %llu ns_per_packet %.1f records %llu\n",
              static_cast<unsigned long long>(packets),
              static_cast<double>(nanos) / static_cast<double>(packets ? packets : 1),
              static_cast<unsigned long long>(records));
  return 0;
}
