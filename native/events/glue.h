// The text between two values of an event: closes and opens objects and writes the key, e.g.
// `},"destination":{"bytes":`.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pbfast::events {

class Glue {
 public:
  // Paths by field id, in path order; id 0 is unused. It stands for the beginning (as `from`) and
  // the end (as `to`).
  explicit Glue(const std::vector<std::string>& paths);
  uint32_t fields() const { return fields_; }

  // Behind the text JsonWriter::kPadding more bytes may be read. Valid until the next call.
  // PERF: made once a pair of fields that have ever followed one another; then a look-up and a
  // copy.
  std::string_view between(uint32_t from, uint32_t to) {
    const Span span = spans_[static_cast<size_t>(from) * fields_ + to];
    return span.size ? std::string_view(pool_.data() + span.offset, span.size) : make(from, to);
  }

 private:
  struct Span {
    uint32_t offset, size;
  };
  std::string_view make(uint32_t from, uint32_t to);

  std::vector<std::vector<std::string>> paths_;  // by segment
  uint32_t fields_;
  std::vector<Span> spans_;
  std::string pool_;  // ends with the padding
};

}  // namespace pbfast::events
