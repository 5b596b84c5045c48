#include "events/glue.h"

#include "events/json_writer.h"

namespace pbfast::events {

namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> segments;
  size_t at = 0;
  for (size_t dot; (dot = path.find('.', at)) != std::string::npos; at = dot + 1) {
    segments.push_back(path.substr(at, dot - at));
  }
  segments.push_back(path.substr(at));
  return segments;
}

// Quotes a key; those of declarations hold nothing to escape, those of a configuration may.
void append_key(const std::string& key, std::string* out) {
  *out += '"';
  for (const char c : key) {
    if (c == '"' || c == '\\') *out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) *out += c;
  }
  *out += "\":";
}

}  // namespace

Glue::Glue(const std::vector<std::string>& paths)
    : fields_(static_cast<uint32_t>(paths.size())),
      spans_(paths.size() * paths.size()),
      pool_(JsonWriter::kPadding, ' ') {
  for (const std::string& path : paths)
    paths_.push_back(path.empty() ? std::vector<std::string>() : split(path));
}

std::string_view Glue::make(uint32_t from, uint32_t to) {
  const auto& left = paths_[from];
  const auto& right = paths_[to];
  size_t shared = 0;
  while (shared + 1 < left.size() && shared + 1 < right.size() && left[shared] == right[shared])
    shared++;
  std::string text;
  if (from == 0) text += '{';
  for (size_t i = shared + 1; i < left.size(); i++) text += '}';
  if (to == 0) {
    text += '}';
  } else {
    if (from != 0) text += ',';
    for (size_t i = shared; i < right.size(); i++) {
      append_key(right[i], &text);
      if (i + 1 < right.size()) text += '{';
    }
  }
  Span& span = spans_[static_cast<size_t>(from) * fields_ + to];
  span = {static_cast<uint32_t>(pool_.size()) - JsonWriter::kPadding,
          static_cast<uint32_t>(text.size())};
  pool_.insert(span.offset, text);
  return {pool_.data() + span.offset, span.size};
}

}  // namespace pbfast::events
