// A BPF filter over frames of any link type: compiled once a type, on its first frame.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "capture/source.h"

struct bpf_program;

namespace pbfast::capture {

class FrameFilter {
 public:
  FrameFilter();
  ~FrameFilter();
  FrameFilter(FrameFilter&&) noexcept;
  FrameFilter& operator=(FrameFilter&&) noexcept;

  // Empty text takes all. False, with the cause in *error, when Ethernet does not understand it.
  bool compile(const std::string& text, std::string* error);
  bool active() const { return !text_.empty(); }
  // A link type for which the text makes no sense takes nothing.
  bool takes(const Frame& frame);

 private:
  struct Program;
  Program* program_for(uint16_t link_type);
  std::string text_;
  std::map<uint16_t, std::unique_ptr<Program>> programs_;
};

}  // namespace pbfast::capture
