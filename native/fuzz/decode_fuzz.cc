// Frames of every link type, with lying wire lengths and stripped tags: no read outside, no promise
// broken.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "decode/packet_view.h"
#include "flow/key.h"

using namespace pbfast;
using decode::PacketView;
using decode::Verdict;

namespace {

constexpr uint16_t kLinks[] = {1, 0, 108, 113, 276, 101, 12, 229};

void require(bool holds) {
  if (!holds) std::abort();
}

void check(const decode::Frame& frame, const PacketView& view, Verdict verdict) {
  require(view.captured == frame.captured && view.wire >= frame.captured);
  require(view.vlan_count <= 2);
  // Of the innermost Ethernet.
  if (verdict == Verdict::kNotIp) {
    require(view.destination_mac >= frame.data && view.source_mac == view.destination_mac + 6);
    require(view.source_mac + 6 <= frame.data + frame.captured);
  }
  if (verdict != Verdict::kOk && verdict != Verdict::kFragment) return;
  require(view.ip_version == 4 || view.ip_version == 6);
  require(view.payload >= frame.data);
  require(view.payload + view.payload_captured <= frame.data + frame.captured);
  require(view.payload_captured <= view.payload_wire && view.payload_wire <= view.wire);
  require((view.transport == decode::Transport::kNone) == (verdict == Verdict::kFragment));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  decode::Frame frame;
  frame.captured = static_cast<uint32_t>(size - 4);
  frame.link_type = kLinks[data[0] % 8];
  frame.wire = frame.captured + data[1] * 8u - 16;
  frame.has_vlan = data[2] & 1;
  frame.vlan_tci = data[3];
  // Of exactly this size, so that the sanitizer sees a read beyond.
  const auto bytes = std::make_unique<uint8_t[]>(frame.captured);
  std::memcpy(bytes.get(), data + 4, frame.captured);
  frame.data = bytes.get();
  PacketView view;
  const Verdict verdict = decode::decode_frame(frame, &view);
  check(frame, view, verdict);
  flow::Key key;
  if (verdict == Verdict::kOk || verdict == Verdict::kNotIp) make_key(view, &key);
  return 0;
}
