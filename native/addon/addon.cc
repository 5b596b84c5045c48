// The module: the only room that includes napi.h. Arguments are checked in lib/handoff/addon.ts.
#include <napi.h>

#include "addon/decompress.h"
#include "addon/encoder.h"
#include "addon/shard.h"
#include "capture/source.h"
#include "engine/counters.h"
#include "handoff/record.h"

namespace pbfast::addon {

namespace {

Napi::Value devices(const Napi::CallbackInfo& info) {
  uint32_t count = 0;
  std::string error;
  const auto list = capture::list_devices(&count, &error);
  if (!error.empty()) throw Napi::Error::New(info.Env(), error);
  Napi::Array out = Napi::Array::New(info.Env(), count);
  for (uint32_t i = 0; i < count; i++) {
    Napi::Object device = Napi::Object::New(info.Env());
    device.Set("name", list[i].name);
    device.Set("description", list[i].description);
    device.Set("addresses", list[i].addresses);
    device.Set("up", list[i].up);
    device.Set("loopback", list[i].loopback);
    out.Set(i, device);
  }
  return out;
}

Napi::Value counter_names(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env(), engine::kCounterCount);
  for (uint32_t i = 0; i < engine::kCounterCount; i++) names.Set(i, engine::kCounterNames[i]);
  return names;
}

// Sizes and offsets of record.h, for the test that holds record.ts against them.
Napi::Value record_layout(const Napi::CallbackInfo& info) {
  using handoff::FlowInfo;
  using handoff::Record;
  Napi::Object layout = Napi::Object::New(info.Env());
  auto set = [&](const char* name, size_t value) { layout.Set(name, static_cast<double>(value)); };
  set("record.size", sizeof(Record));
  set("record.flow", offsetof(Record, flow));
  set("record.generation", offsetof(Record, generation));
  set("record.kind", offsetof(Record, kind));
  set("record.direction", offsetof(Record, direction));
  set("record.flags", offsetof(Record, flags));
  set("record.offset", offsetof(Record, offset));
  set("record.length", offsetof(Record, length));
  set("record.seconds", offsetof(Record, seconds));
  set("record.nanoseconds", offsetof(Record, nanoseconds));
  set("record.streamOffset", offsetof(Record, stream_offset));
  set("info.size", sizeof(FlowInfo));
  set("info.sourceIp", offsetof(FlowInfo, source_ip));
  set("info.destinationIp", offsetof(FlowInfo, destination_ip));
  set("info.sourcePort", offsetof(FlowInfo, source_port));
  set("info.destinationPort", offsetof(FlowInfo, destination_port));
  set("info.vlan", offsetof(FlowInfo, vlan));
  set("info.vlanCount", offsetof(FlowInfo, vlan_count));
  set("info.ipVersion", offsetof(FlowInfo, ip_version));
  set("info.transport", offsetof(FlowInfo, transport));
  set("info.ipProtocol", offsetof(FlowInfo, ip_protocol));
  set("info.icmpType", offsetof(FlowInfo, icmp_type));
  set("info.icmpCode", offsetof(FlowInfo, icmp_code));
  set("info.hasMac", offsetof(FlowInfo, has_mac));
  set("info.claim", offsetof(FlowInfo, claim));
  set("info.sourceMac", offsetof(FlowInfo, source_mac));
  set("info.destinationMac", offsetof(FlowInfo, destination_mac));
  set("info.icmpId", offsetof(FlowInfo, icmp_id));
  set("info.interface", offsetof(FlowInfo, interface));
  set("info.tunnel", offsetof(FlowInfo, tunnel));
  set("info.connection", offsetof(FlowInfo, connection));
  set("info.number", offsetof(FlowInfo, number));
  set("command.size", sizeof(handoff::CommandWord));
  set("batch.records", handoff::kBatchRecords);
  set("batch.bytes", handoff::kBatchBytes);
  return layout;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("Shard", Shard::define(env));
  exports.Set("Encoder", Encoder::define(env));
  exports.Set("devices", Napi::Function::New(env, devices));
  exports.Set("counterNames", Napi::Function::New(env, counter_names));
  exports.Set("decompress", Napi::Function::New(env, decompress));
  exports.Set("recordLayout", Napi::Function::New(env, record_layout));
  return exports;
}

NODE_API_MODULE(pbfast, init)

}  // namespace

}  // namespace pbfast::addon
