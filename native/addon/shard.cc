#include "addon/shard.h"

#include <pthread.h>
#include <sched.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "addon/source_options.h"

namespace pbfast::addon {

namespace {

[[noreturn]] void throw_opened(Napi::Env env, const capture::Opened& opened) {
  Napi::Error error = Napi::Error::New(env, opened.message);
  error.Set("code", "ERR_PBFAST_" + opened.code);
  throw error;
}

}  // namespace

Napi::Function Shard::define(Napi::Env env) {
  return DefineClass(
      env, "Shard",
      {InstanceMethod("memory", &Shard::memory), InstanceMethod("start", &Shard::start),
       InstanceMethod("poll", &Shard::poll), InstanceMethod("release", &Shard::release),
       InstanceMethod("sendCommands", &Shard::send_commands), InstanceMethod("stop", &Shard::stop),
       InstanceMethod("close", &Shard::close), InstanceMethod("error", &Shard::error),
       InstanceMethod("notices", &Shard::notices), InstanceMethod("retarget", &Shard::retarget)});
}

Shard::Shard(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Shard>(info) {
  const auto options = info[0].As<Napi::Object>();
  position_ = Napi::Persistent(info[1].As<Napi::Uint32Array>());
  group_ = join_group_of(options);
  capture::Opened opened = open_source(options, group_.get(), control_);
  fifo_ = options.Get("schedFifo").ToBoolean().Value();
  if (!opened.source) throw_opened(info.Env(), opened);
  engine::Options engine_options = read_engine_options(options, group_.get());
  const bool live = opened.source->is_live();
  engine_options.pressure = live ? handoff::Pressure::kShed : handoff::Pressure::kWait;
  ring_ = std::make_shared<handoff::Ring>(live ? handoff::kBatches * 4 : handoff::kBatches);
  if (!ring_->memory()) throw Napi::Error::New(info.Env(), "no memory for the handoff ring");
  engine_ = std::make_unique<engine::Engine>(engine_options, std::move(opened.source), ring_.get());
}

Shard::~Shard() { shut_down(); }

void Shard::shut_down() {
  if (engine_) engine_->stop();
  if (ring_) ring_->close();
  if (thread_.joinable()) thread_.join();
  if (!engine_) return;
  error_ = engine_->error();
  engine_.reset();
  ring_->forget();
}

Napi::Value Shard::memory(const Napi::CallbackInfo& info) {
  auto* keep = new std::shared_ptr<handoff::Ring>(ring_);
  return Napi::ArrayBuffer::New(
      info.Env(), ring_->memory(), ring_->memory_bytes(),
      [](Napi::Env, void*, std::shared_ptr<handoff::Ring>* kept) { delete kept; }, keep);
}

Napi::Value Shard::start(const Napi::CallbackInfo& info) {
  std::string refused;
  if (engine_ && !thread_.joinable()) {
    thread_ = std::thread([engine = engine_.get()] { engine->run(); });
    const sched_param lowest{sched_get_priority_min(SCHED_FIFO)};
    const int error =
        fifo_ ? pthread_setschedparam(thread_.native_handle(), SCHED_FIFO, &lowest) : 0;
    if (error != 0) refused = std::strerror(error);
  }
  return Napi::String::New(info.Env(), refused);
}

Napi::Value Shard::poll(const Napi::CallbackInfo& info) {
  uint32_t offset = 0;
  const uint32_t records = ring_->take(info[0].As<Napi::Number>().Int32Value(), &offset);
  position_.Value()[0u] = offset / 4;
  return Napi::Number::New(info.Env(), records);
}

void Shard::release(const Napi::CallbackInfo&) { ring_->release(); }

Napi::Value Shard::send_commands(const Napi::CallbackInfo& info) {
  const auto words = info[0].As<Napi::Uint32Array>();
  const uint32_t count = info[1].As<Napi::Number>().Uint32Value();
  const auto* commands = reinterpret_cast<const handoff::CommandWord*>(words.Data());
  const auto fits = static_cast<uint32_t>(words.ByteLength() / sizeof(handoff::CommandWord));
  return Napi::Number::New(info.Env(), ring_->push_commands(commands, count < fits ? count : fits));
}

void Shard::stop(const Napi::CallbackInfo&) {
  if (engine_) engine_->stop();
}

void Shard::close(const Napi::CallbackInfo&) { shut_down(); }

Napi::Value Shard::notices(const Napi::CallbackInfo& info) {
  const std::vector<std::string> notices = control_->take_notices();
  Napi::Array out = Napi::Array::New(info.Env(), notices.size());
  for (uint32_t i = 0; i < notices.size(); i++) out.Set(i, notices[i]);
  return out;
}

void Shard::retarget(const Napi::CallbackInfo& info) {
  control_->retarget(info[0].As<Napi::Number>().Uint32Value(),
                     info[1].As<Napi::String>().Utf8Value());
}

Napi::Value Shard::error(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), engine_ ? engine_->error() : error_);
}

}  // namespace pbfast::addon
