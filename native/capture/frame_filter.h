// A BPF filter over frames of any link type: compiled once a type, on its first frame.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "capture/source.h"

struct bpf_program;

namespace pbfast::capture {

// LIMIT: compiled programs; link types of a file beyond take nothing.
inline constexpr uint32_t kMaxPrograms = 64;

class FrameFilter {
 public:
  FrameFilter();
  ~FrameFilter();
  FrameFilter(FrameFilter&&) noexcept;
  FrameFilter& operator=(FrameFilter&&) noexcept;

  // Empty text takes all. False, with libpcap's words and the text in *error, when frames of
  // `link_type` cannot be filtered so.
  bool compile(const std::string& text, uint16_t link_type, std::string* error);
  bool active() const { return !text_.empty(); }
  // A link type for which the text makes no sense takes nothing.
  bool takes(const Frame& frame);

 private:
  struct Program;
  Program* program_for(uint16_t link_type);
  std::string text_;
  std::vector<std::unique_ptr<Program>> programs_;
  Program* last_ = nullptr;
};

}  // namespace pbfast::capture
