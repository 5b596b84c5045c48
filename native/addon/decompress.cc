#include "addon/decompress.h"

#include <lz4.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>

namespace pbfast::addon {

namespace {

struct Part {
  const char* from;
  size_t from_size;
  char* to;
  size_t to_size;
};

int64_t unpack_zlib(const Part& part) {
  uLongf size = part.to_size;
  const int result = uncompress(reinterpret_cast<Bytef*>(part.to), &size,
                                reinterpret_cast<const Bytef*>(part.from), part.from_size);
  return result == Z_OK ? static_cast<int64_t>(size) : -1;
}

int64_t unpack_lz4(const Part& part) {
  return LZ4_decompress_safe(part.from, part.to, static_cast<int>(part.from_size),
                             static_cast<int>(part.to_size));
}

int64_t unpack_snappy(const Part& part) {
  size_t size = part.to_size;
  // snappy checks the room against the length that the block names.
  const auto result = snappy_uncompress(part.from, part.from_size, part.to, &size);
  return result == SNAPPY_OK ? static_cast<int64_t>(size) : -1;
}

int64_t unpack_zstd(const Part& part) {
  const size_t size = ZSTD_decompress(part.to, part.to_size, part.from, part.from_size);
  return ZSTD_isError(size) ? -1 : static_cast<int64_t>(size);
}

int64_t unpack(const std::string& kind, const Part& part) {
  if (kind == "zlib") return unpack_zlib(part);
  if (kind == "lz4") return unpack_lz4(part);
  if (kind == "snappy") return unpack_snappy(part);
  return unpack_zstd(part);
}

}  // namespace

Napi::Value decompress(const Napi::CallbackInfo& info) {
  const auto from = info[1].As<Napi::Uint8Array>();
  auto to = info[4].As<Napi::Uint8Array>();
  const size_t start =
      std::min<size_t>(info[2].As<Napi::Number>().Uint32Value(), from.ByteLength());
  const size_t end = std::min<size_t>(info[3].As<Napi::Number>().Uint32Value(), from.ByteLength());
  if (end <= start) return Napi::Number::New(info.Env(), -1);
  const Part part{
      .from = reinterpret_cast<const char*>(from.Data()) + start,
      .from_size = std::min<size_t>(end - start, INT32_MAX),
      .to = reinterpret_cast<char*>(to.Data()),
      .to_size = std::min<size_t>(info[5].As<Napi::Number>().Uint32Value(), to.ByteLength())};
  return Napi::Number::New(info.Env(),
                           static_cast<double>(unpack(info[0].As<Napi::String>(), part)));
}

}  // namespace pbfast::addon
