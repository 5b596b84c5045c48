#include "capture/frame_filter.h"

#include <doctest/doctest.h>

#include <string>

using namespace pbfast;

namespace {

// A frame that leads into `bytes`.
capture::Frame raw_frame(const std::string& bytes, uint16_t link_type) {
  capture::Frame frame;
  frame.data = reinterpret_cast<const uint8_t*>(bytes.data());
  frame.captured = frame.wire = static_cast<uint32_t>(bytes.size());
  frame.link_type = link_type;
  return frame;
}

}  // namespace

TEST_CASE("a filter without text takes all, one with text by link type") {
  std::string error;
  capture::FrameFilter filter;
  CHECK(filter.compile("", 1, &error));
  CHECK_FALSE(filter.active());
  REQUIRE(filter.compile("ip6", 101, &error));
  CHECK(filter.active());
  const std::string ip6 = std::string(1, 0x60) + std::string(39, 0),
                    ip4 = std::string(1, 0x45) + std::string(19, 0);
  CHECK(filter.takes(raw_frame(ip6, 101)));
  CHECK_FALSE(filter.takes(raw_frame(ip4, 101)));
  CHECK_FALSE(filter.takes(raw_frame(ip6, 1)));
  CHECK_FALSE(filter.takes(raw_frame("", 101)));
}

TEST_CASE("more link types than programs are kept take nothing, the first go on") {
  std::string error;
  capture::FrameFilter filter;
  REQUIRE(filter.compile("greater 0", 1, &error));
  const std::string bytes(64, 'x');
  for (int round = 0; round < 2; round++) {
    for (uint32_t type = 40'000; type < 40'000 + 2 * capture::kMaxPrograms; type++)
      filter.takes(raw_frame(bytes, static_cast<uint16_t>(type)));
  }
  CHECK(filter.takes(raw_frame(bytes, 1)));
  CHECK_FALSE(filter.takes(raw_frame(bytes, 101)));
}

TEST_CASE("an error names the text and the cause") {
  std::string error;
  capture::FrameFilter filter;
  CHECK_FALSE(filter.compile("tcp prt 80", 1, &error));
  CHECK(error.find("'tcp prt 80'") != std::string::npos);
  CHECK(error.find("syntax error") != std::string::npos);
}
