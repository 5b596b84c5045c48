#include "capture/frame_filter.h"

#include <pcap/pcap.h>

namespace pbfast::capture {

namespace {

constexpr int kSnaplen = 262144;

}  // namespace

struct FrameFilter::Program {
  uint16_t link_type;
  bpf_program code{};
  bool valid = false;
  std::string error;

  Program(uint16_t type, const std::string& text) : link_type(type) {
    pcap_t* handle = pcap_open_dead(type == 101 ? DLT_RAW : type, kSnaplen);
    if (!handle) return;
    valid = pcap_compile(handle, &code, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!valid) error = pcap_geterr(handle);
    pcap_close(handle);
  }
  ~Program() {
    if (valid) pcap_freecode(&code);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
};

FrameFilter::FrameFilter() = default;
FrameFilter::~FrameFilter() = default;
FrameFilter::FrameFilter(FrameFilter&&) noexcept = default;
FrameFilter& FrameFilter::operator=(FrameFilter&&) noexcept = default;

bool FrameFilter::compile(const std::string& text, uint16_t link_type, std::string* error) {
  text_ = text;
  if (text.empty()) return true;
  const Program* program = program_for(link_type);
  if (!program->valid) *error = "the filter '" + text + "' is not understood: " + program->error;
  return program->valid;
}

FrameFilter::Program* FrameFilter::program_for(uint16_t link_type) {
  if (last_ && last_->link_type == link_type) return last_;
  for (const auto& program : programs_) {
    if (program->link_type == link_type) return last_ = program.get();
  }
  if (programs_.size() == kMaxPrograms) return nullptr;
  programs_.push_back(std::make_unique<Program>(link_type, text_));
  return last_ = programs_.back().get();
}

bool FrameFilter::takes(const Frame& frame) {
  const Program* program = program_for(frame.link_type);
  if (!program || !program->valid) return false;
  pcap_pkthdr header{};
  header.caplen = frame.captured;
  header.len = frame.wire;
  return pcap_offline_filter(&program->code, &header, frame.data) != 0;
}

}  // namespace pbfast::capture
