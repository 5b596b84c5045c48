// Values out of plain objects that TypeScript has checked; what is absent has a fallback.
#pragma once
#include <napi.h>

#include <string>

namespace pbfast::addon {

inline std::string text_of(const Napi::Object& o, const char* key) {
  const Napi::Value v = o.Get(key);
  return v.IsString() ? v.As<Napi::String>().Utf8Value() : std::string();
}

inline double number_of(const Napi::Object& o, const char* key, double fallback) {
  const Napi::Value v = o.Get(key);
  return v.IsNumber() ? v.As<Napi::Number>().DoubleValue() : fallback;
}

inline bool flag_of(const Napi::Object& o, const char* key) {
  return o.Get(key).ToBoolean().Value();
}

}  // namespace pbfast::addon
