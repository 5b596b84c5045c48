#include "addon/live_options.h"

#include <string>
#include <utility>
#include <vector>

#include "addon/read_options.h"
#include "capture/dump.h"
#include "capture/multi.h"
#include "capture/watched.h"

namespace pbfast::addon {

namespace {

capture::LiveOptions read_live(const Napi::Object& o) {
  capture::LiveOptions live;
  live.device = text_of(o, "device");
  live.filter = text_of(o, "filter");
  live.snaplen = static_cast<uint32_t>(number_of(o, "snaplen", live.snaplen));
  live.ring_bytes = static_cast<uint32_t>(number_of(o, "ringBytes", live.ring_bytes));
  live.promiscuous = flag_of(o, "promiscuous");
  return live;
}

// Of all interfaces, in the order of their numbers.
std::vector<capture::LiveOptions> read_all(const Napi::Object& o, const ShardGroup* group) {
  std::vector<capture::LiveOptions> all{read_live(o)};
  if (o.Get("others").IsArray()) {
    const auto others = o.Get("others").As<Napi::Array>();
    for (uint32_t i = 0; i < others.Length(); i++)
      all.push_back(read_live(others.Get(i).As<Napi::Object>()));
  }
  for (uint32_t i = 0; group && i < all.size(); i++) all[i].fanout = group->fanout(i);
  return all;
}

}  // namespace

capture::Opened open_devices(const Napi::Object& o, const ShardGroup* group,
                             const std::shared_ptr<capture::LiveControl>& control) {
  std::shared_ptr<capture::PcapngWriter> writer;
  const std::string dump = text_of(o, "dump");
  std::vector<std::unique_ptr<capture::Source>> sources;
  for (const capture::LiveOptions& options : read_all(o, group)) {
    capture::Opened opened =
        capture::open_watched(options, static_cast<uint16_t>(sources.size()), control);
    if (!opened.source) return opened;
    // Only when the right to capture is there: a file that is there is overwritten.
    if (!dump.empty() && !writer) {
      writer = std::make_shared<capture::PcapngWriter>(dump);
      if (!writer->error().empty()) return capture::failure("FILE", writer->error());
    }
    if (writer)
      opened.source = capture::make_dump(std::move(opened.source), options.device, writer, control);
    sources.push_back(std::move(opened.source));
  }
  return {capture::make_multi(std::move(sources)), "", ""};
}

}  // namespace pbfast::addon
