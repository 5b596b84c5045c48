// The NDJSON encoder as JS sees it: one a worker.
#pragma once
#include <napi.h>

#include <memory>

#include "events/encoder.h"

namespace pbfast::addon {

class Encoder : public Napi::ObjectWrap<Encoder> {
 public:
  static Napi::Function define(Napi::Env env);
  // new Encoder(options, memory: Uint8Array, progress: Uint32Array)
  explicit Encoder(const Napi::CallbackInfo& info);

 private:
  void add_constants(const Napi::CallbackInfo& info);
  void set_statics(const Napi::CallbackInfo& info);
  void open_card(const Napi::CallbackInfo& info);
  // encode(rows: Uint32Array, from, words, out: Uint8Array, outFrom): progress = words, bytes,
  // events
  void encode(const Napi::CallbackInfo& info);
  Napi::Value losses(const Napi::CallbackInfo& info);

  std::unique_ptr<events::Encoder> encoder_;
  Napi::Reference<Napi::Uint8Array> memory_;
  Napi::Reference<Napi::Uint32Array> progress_;
  const uint8_t* memory_data_ = nullptr;
  uint64_t memory_size_ = 0;
  uint32_t* progress_data_ = nullptr;
};

}  // namespace pbfast::addon
