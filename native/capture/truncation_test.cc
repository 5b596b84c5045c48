// Real captures cut at every byte: the frames before the cut, and a record that is told to be cut.
// What events such a file gives depends on whole records alone (test/contract/invariance.test.ts).
// PBFAST_CAPTURES names the folder.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "capture/capture_builder.h"
#include "capture/source.h"

using namespace pbfast;
using namespace pbfast::capture::testing;
using capture::Status;

namespace {

struct Read {
  std::vector<uint64_t> ends;  // of the frames, in the image
  capture::SourceCounters counters;
};

Read read(const Data& image, uint64_t size) {
  const auto* data = reinterpret_cast<const uint8_t*>(image.data());
  capture::Opened opened = capture::open_memory(data, size);
  Read out;
  if (!opened.source) return out;
  capture::Batch batch;
  Status status;
  while ((status = opened.source->next(&batch, 0)) == Status::kFrames) {
    for (uint32_t i = 0; i < batch.count; i++)
      out.ends.push_back(static_cast<uint64_t>(batch.frames[i].data - data) +
                         batch.frames[i].captured);
  }
  REQUIRE(status == Status::kEnd);
  out.counters = opened.source->counters();
  return out;
}

std::vector<std::filesystem::path> captures() {
  std::vector<std::filesystem::path> paths;
  const char* folder = std::getenv("PBFAST_CAPTURES");
  if (!folder || !std::filesystem::is_directory(folder)) return paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".pcap") paths.push_back(entry.path());
  }
  return paths;
}

}  // namespace

TEST_CASE("captures of PBFAST_CAPTURES cut at every byte give the frames before the cut") {
  const auto paths = captures();
  if (paths.empty()) MESSAGE("PBFAST_CAPTURES names no folder with captures: skipped");
  uint64_t cuts = 0;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const Data image{std::istreambuf_iterator<char>(file), {}};
    const Read whole = read(image, image.size());
    REQUIRE(whole.counters.bad_records == 0);
    size_t frames = 0;
    for (uint64_t size = 0; size < image.size(); size++, cuts++) {
      while (frames < whole.ends.size() && whole.ends[frames] <= size) frames++;
      const Read cut = read(image, size);
      const bool same = cut.ends.size() == frames &&
                        std::equal(cut.ends.begin(), cut.ends.end(), whole.ends.begin());
      if (!same || cut.counters.truncated_records > 1 || cut.counters.bad_records > 0)
        FAIL(path.string(), " cut at ", size);
    }
  }
  if (cuts > 0) MESSAGE("trunc-file: ", paths.size(), " captures, ", cuts, " cuts");
}
