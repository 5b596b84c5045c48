#include "addon/encoder.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace pbfast::addon {

namespace {

std::vector<events::Network> read_networks(const Napi::Value& value) {
  std::vector<events::Network> networks;
  if (!value.IsArray()) return networks;
  const auto list = value.As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    const auto item = list.Get(i).As<Napi::Object>();
    const auto prefix = item.Get("prefix").As<Napi::Uint8Array>();
    events::Network network{};
    if (prefix.ByteLength() == sizeof network.prefix)
      std::memcpy(network.prefix, prefix.Data(), sizeof network.prefix);
    network.bits = static_cast<uint8_t>(item.Get("bits").As<Napi::Number>().Uint32Value());
    networks.push_back(network);
  }
  return networks;
}

events::EncoderOptions read_options(const Napi::Object& o) {
  events::EncoderOptions options;
  const auto paths = o.Get("paths").As<Napi::Array>();
  for (uint32_t i = 0; i < paths.Length(); i++) {
    options.fields.paths.push_back(paths.Get(i).As<Napi::String>().Utf8Value());
  }
  options.precision = o.Get("precision").As<Napi::Number>().Uint32Value();
  options.own_addresses = read_networks(o.Get("ownAddresses"));
  options.internal_networks = read_networks(o.Get("internalNetworks"));
  options.line_prefix = o.Get("linePrefix").As<Napi::String>().Utf8Value();
  return options;
}

}  // namespace

Napi::Function Encoder::define(Napi::Env env) {
  return DefineClass(
      env, "Encoder",
      {InstanceMethod("addConstants", &Encoder::add_constants),
       InstanceMethod("setStatics", &Encoder::set_statics),
       InstanceMethod("openCard", &Encoder::open_card), InstanceMethod("encode", &Encoder::encode),
       InstanceMethod("losses", &Encoder::losses)});
}

Encoder::Encoder(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Encoder>(info),
      encoder_(std::make_unique<events::Encoder>(read_options(info[0].As<Napi::Object>()))) {
  const auto memory = info[1].As<Napi::Uint8Array>();
  auto progress = info[2].As<Napi::Uint32Array>();
  memory_ = Napi::Persistent(memory);
  progress_ = Napi::Persistent(progress);
  memory_data_ = memory.Data();
  memory_size_ = memory.ByteLength();
  progress_data_ = progress.Data();
}

void Encoder::add_constants(const Napi::CallbackInfo& info) {
  const auto texts = info[0].As<Napi::Array>();
  for (uint32_t i = 0; i < texts.Length(); i++)
    encoder_->add_constant(texts.Get(i).As<Napi::String>().Utf8Value());
}

void Encoder::set_statics(const Napi::CallbackInfo& info) {
  std::vector<std::pair<uint32_t, std::string>> literals;
  const auto list = info[1].As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    const auto pair = list.Get(i).As<Napi::Array>();
    literals.emplace_back(pair.Get(0u).As<Napi::Number>().Uint32Value(),
                          pair.Get(1u).As<Napi::String>().Utf8Value());
  }
  encoder_->set_statics(info[0].As<Napi::Number>().Uint32Value(), literals);
}

void Encoder::open_card(const Napi::CallbackInfo& info) {
  const uint32_t number = info[0].As<Napi::Number>().Uint32Value();
  const uint32_t offset = info[1].As<Napi::Number>().Uint32Value();
  if (offset + sizeof(handoff::FlowInfo) > memory_size_) return;
  encoder_->open_card(number, *reinterpret_cast<const handoff::FlowInfo*>(memory_data_ + offset));
}

void Encoder::encode(const Napi::CallbackInfo& info) {
  const auto rows = info[0].As<Napi::Uint32Array>();
  const uint32_t from = info[1].As<Napi::Number>().Uint32Value();
  const uint32_t words = info[2].As<Napi::Number>().Uint32Value();
  auto out = info[3].As<Napi::Uint8Array>();
  const uint32_t out_from = info[4].As<Napi::Number>().Uint32Value();
  const events::Progress progress =
      encoder_->encode(rows.Data() + from, words, memory_data_, memory_size_,
                       reinterpret_cast<char*>(out.Data()) + out_from,
                       static_cast<uint32_t>(out.ByteLength()) - out_from, out_from == 0);
  progress_data_[0] = progress.words;
  progress_data_[1] = progress.bytes;
  progress_data_[2] = progress.events;
}

Napi::Value Encoder::losses(const Napi::CallbackInfo& info) {
  Napi::Object losses = Napi::Object::New(info.Env());
  losses.Set("events.rows.too_large", static_cast<double>(encoder_->dropped_too_large()));
  losses.Set("events.fields.cut", static_cast<double>(encoder_->truncated_fields()));
  losses.Set("events.rows.malformed", static_cast<double>(encoder_->malformed_rows()));
  return losses;
}

}  // namespace pbfast::addon
