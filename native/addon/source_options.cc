#include "addon/source_options.h"

#include <string>
#include <vector>

#include "addon/live_options.h"
#include "addon/read_options.h"
#include "capture/file_list.h"
#include "capture/paced.h"

namespace pbfast::addon {

namespace {

base::Nanos seconds_of(const Napi::Object& o, const char* key, double fallback) {
  return static_cast<base::Nanos>(number_of(o, key, fallback) * 1e9);
}

void read_ports(const Napi::Object& o, const char* key, engine::PortSet* ports) {
  const Napi::Value v = o.Get(key);
  if (!v.IsArray()) return;
  const auto list = v.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    ports->set(list.Get(i).As<Napi::Number>().Uint32Value() & 0xffff);
  }
}

capture::Opened open_files(const Napi::Object& o) {
  std::vector<std::string> paths;
  const auto list = o.Get("files").As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++)
    paths.push_back(list.Get(i).As<Napi::String>().Utf8Value());
  return capture::open_file_list(std::move(paths), text_of(o, "filter"));
}

}  // namespace

std::shared_ptr<ShardGroup> join_group_of(const Napi::Object& o) {
  if (!o.Get("shards").IsObject()) return nullptr;
  const auto shards = o.Get("shards").As<Napi::Object>();
  return join_group(static_cast<uint64_t>(number_of(shards, "group", 0)),
                    static_cast<uint32_t>(number_of(shards, "count", 1)));
}

engine::Options read_engine_options(const Napi::Object& o, const ShardGroup* group) {
  engine::Options options;
  read_ports(o, "tcpPorts", &options.tcp_ports);
  read_ports(o, "udpPorts", &options.udp_ports);
  options.icmp = flag_of(o, "icmp");
  options.probe_tcp = flag_of(o, "probeTcp");
  options.probe_udp = flag_of(o, "probeUdp");
  options.report_flows = flag_of(o, "flows");
  options.tcp_health = flag_of(o, "tcpHealth");
  options.delta_reports = flag_of(o, "deltaReports");
  if (flag_of(o, "teredo")) options.tunnels = decode::kAllTunnels;
  if (flag_of(o, "noTunnels")) options.tunnels = 0;
  options.flow_timeout = seconds_of(o, "flowTimeout", 30);
  options.report_period = seconds_of(o, "reportPeriod", 0);
  options.table.max_flows =
      static_cast<uint32_t>(number_of(o, "maxFlows", options.table.max_flows));
  options.table.seed = group ? group->seed : base::make_hash_seed();
  if (group && !o.Get("device").IsString()) {
    const auto shards = o.Get("shards").As<Napi::Object>();
    options.shard = static_cast<uint32_t>(number_of(shards, "index", 0));
    options.shards = static_cast<uint32_t>(number_of(shards, "count", 1));
    options.numbering = group->numbering;
  }
  return options;
}

capture::Opened open_source(const Napi::Object& o, const ShardGroup* group,
                            const std::shared_ptr<capture::LiveControl>& control) {
  if (o.Get("device").IsString()) return open_devices(o, group, control);
  capture::Opened opened = open_files(o);
  if (opened.source && flag_of(o, "realtime"))
    opened.source = capture::make_paced(std::move(opened.source));
  return opened;
}

}  // namespace pbfast::addon
