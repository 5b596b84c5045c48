// network.direction, by Packetbeat's rules: the host's view first, the perimeter's where that says
// nothing.
#pragma once
#include <algorithm>
#include <string_view>
#include <vector>

#include "events/encoder.h"

namespace pbfast::events {

class Directions {
 public:
  Directions(std::vector<Network> own, std::vector<Network> internal)
      : own_(std::move(own)), internal_(std::move(internal)) {
    for (auto* list : {&own_, &internal_}) {
      for (Network& network : *list) network.bits = std::min<uint8_t>(network.bits, 128);
    }
  }
  // A quoted JSON string.
  std::string_view of(const uint8_t source[16], const uint8_t destination[16]) const;

 private:
  bool is_local(const uint8_t ip[16]) const;
  std::vector<Network> own_, internal_;
};

}  // namespace pbfast::events
