// A shard as JS sees it: an engine on its own thread, its ring, and the worker's end of it.
#pragma once
#include <napi.h>

#include <memory>
#include <string>
#include <thread>

#include "addon/shard_group.h"
#include "capture/live_control.h"
#include "engine/engine.h"
#include "handoff/ring.h"

namespace pbfast::addon {

class Shard : public Napi::ObjectWrap<Shard> {
 public:
  static Napi::Function define(Napi::Env env);
  // new Shard(options): opens the source; throws an Error with `code` and `message` when that
  // fails.
  explicit Shard(const Napi::CallbackInfo& info);
  ~Shard() override;

 private:
  Napi::Value memory(const Napi::CallbackInfo& info);
  // start(): empty, or why the thread did not get the priority that was asked for.
  Napi::Value start(const Napi::CallbackInfo& info);
  // poll(waitMs): number of records of the next batch, 0 when none came; position[0] is its first
  // word.
  Napi::Value poll(const Napi::CallbackInfo& info);
  void release(const Napi::CallbackInfo& info);
  Napi::Value send_commands(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);
  Napi::Value error(const Napi::CallbackInfo& info);
  // notices(): lines for the log.
  Napi::Value notices(const Napi::CallbackInfo& info);
  // retarget(interface, device)
  void retarget(const Napi::CallbackInfo& info);
  // Frees all but the addresses of the ring: when this object is collected is up to JavaScript.
  void shut_down();

  // What the memory view in JS keeps alive after the shard is gone.
  std::shared_ptr<handoff::Ring> ring_;
  std::shared_ptr<ShardGroup> group_;
  std::unique_ptr<engine::Engine> engine_;
  std::shared_ptr<capture::LiveControl> control_ = std::make_shared<capture::LiveControl>();
  bool fifo_ = false;
  std::string error_;  // of the engine that is gone
  std::thread thread_;
  Napi::Reference<Napi::Uint32Array> position_;
};

}  // namespace pbfast::addon
