// Interned strings as quoted JSON. Number 0 is none.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "events/json_writer.h"

namespace pbfast::events {

class Constants {
 public:
  void add(std::string_view text) {
    std::string json(text.size() * 6 + 2, '\0');
    JsonWriter writer(json.data(), static_cast<uint32_t>(json.size()));
    writer.text(reinterpret_cast<const uint8_t*>(text.data()), static_cast<uint32_t>(text.size()));
    json.resize(static_cast<size_t>(writer.position() - json.data()));
    all_.push_back(std::move(json));
  }
  // Empty for a number that was never given.
  std::string_view at(uint32_t number) const {
    return number < all_.size() ? std::string_view(all_[number]) : std::string_view();
  }

 private:
  std::vector<std::string> all_{""};
};

}  // namespace pbfast::events
