#include "capture/frame_filter.h"

#include <pcap/pcap.h>

namespace pbfast::capture {

struct FrameFilter::Program {
  bpf_program code{};
  bool valid = false;
  std::string error;

  Program(uint16_t link_type, const std::string& text) {
    pcap_t* handle = pcap_open_dead(link_type == 101 ? DLT_RAW : link_type, 262144);
    if (!handle) return;
    valid = pcap_compile(handle, &code, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!valid) error = pcap_geterr(handle);
    pcap_close(handle);
  }
  ~Program() {
    if (valid) pcap_freecode(&code);
  }
  Program(const Program&) = delete;
};

FrameFilter::FrameFilter() = default;
FrameFilter::~FrameFilter() = default;
FrameFilter::FrameFilter(FrameFilter&&) noexcept = default;
FrameFilter& FrameFilter::operator=(FrameFilter&&) noexcept = default;

bool FrameFilter::compile(const std::string& text, std::string* error) {
  text_ = text;
  if (text.empty()) return true;
  Program* ethernet = program_for(1);
  if (!ethernet->valid) *error = "the filter '" + text + "' is not understood: " + ethernet->error;
  return ethernet->valid;
}

FrameFilter::Program* FrameFilter::program_for(uint16_t link_type) {
  auto& program = programs_[link_type];
  if (!program) program = std::make_unique<Program>(link_type, text_);
  return program.get();
}

bool FrameFilter::takes(const Frame& frame) {
  Program* program = program_for(frame.link_type);
  if (!program->valid) return false;
  pcap_pkthdr header{};
  header.caplen = frame.captured;
  header.len = frame.wire;
  return pcap_offline_filter(&program->code, &header, frame.data) != 0;
}

}  // namespace pbfast::capture
