// The fields of one event while it is put together: a value by field id, walked in the order of
// ids.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pbfast::events {

struct Value {
  const uint32_t* entry = nullptr;  // first entry in the row, or null:
  std::string_view json;            // finished JSON text
};

class FieldSet {
 public:
  explicit FieldSet(uint32_t fields) : values_(fields), present_((fields + 63) / 64) {}

  // Id 0 is a field that the table lacks: left out. Set twice, the last one counts.
  void set(uint32_t id, std::string_view json) {
    if (id == 0 || json.empty()) return;
    mark(id);
    values_[id] = {nullptr, json};
  }
  void set(uint32_t id, const uint32_t* entry) {
    if (id == 0 || id >= values_.size()) return;
    mark(id);
    values_[id] = {entry, {}};
  }
  void copy(uint32_t from, uint32_t to) {
    if (!has(from) || to == 0 || has(to)) return;
    mark(to);
    values_[to] = values_[from];
  }
  bool has(uint32_t id) const { return id != 0 && present_[id / 64] >> (id % 64) & 1; }
  const Value& at(uint32_t id) const { return values_[id]; }

  // visit(id, value) for each, in order, until it returns false.
  template <class Visit>
  void each(Visit&& visit) const {
    for (size_t word = 0; word < present_.size(); word++) {
      for (uint64_t bits = present_[word]; bits != 0; bits &= bits - 1) {
        const auto id =
            static_cast<uint32_t>(word * 64) + static_cast<uint32_t>(__builtin_ctzll(bits));
        if (!visit(id, values_[id])) return;
      }
    }
  }
  void clear() { std::fill(present_.begin(), present_.end(), 0); }

 private:
  void mark(uint32_t id) { present_[id / 64] |= uint64_t{1} << (id % 64); }
  std::vector<Value> values_;
  std::vector<uint64_t> present_;
};

}  // namespace pbfast::events
