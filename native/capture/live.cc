// Live capture through libpcap: TPACKET_V3 ring, non-blocking dispatch, poll.
#include <pcap/pcap.h>
#include <poll.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <memory>
#include <utility>

#include "capture/packet_socket.h"
#include "capture/record_parser.h"

namespace pbfast::capture {

namespace {

// libpcap puts a tag that the kernel stripped back into the frame, which may then be longer than
// the snapshot length.
constexpr uint32_t kTagRoom = 16;
constexpr char kAnyDevice[] = "any", kLoopback[] = "lo";

struct Closer {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using Handle = std::unique_ptr<pcap_t, Closer>;

// libpcap counts in 32 bits, which a busy link wraps within hours.
class Wide {
 public:
  void extend(uint32_t now) {
    total_ += now - last_;
    last_ = now;
  }
  uint64_t total() const { return total_; }

 private:
  uint64_t total_ = 0;
  uint32_t last_ = 0;
};

// PERF: dispatch gives a block back to the kernel when it has shown the block's last frame, which
// may be in the middle of a batch, so frames are copied: ~0.2 µs for 1,460 bytes. A ring of our own
// would spare it.
class LiveSource final : public Source {
 public:
  // `before` was counted before the filter was set, and is not shown.
  LiveSource(Handle handle, const LiveOptions& options, const pcap_stat& before)
      : handle_(std::move(handle)),
        device_(options.device),
        fanout_(options.fanout),
        others_(before.ps_recv - before.ps_drop),
        dropped_before_(before.ps_drop),
        fd_(pcap_get_selectable_fd(handle_.get())),
        link_type_(normal_link_type(static_cast<uint32_t>(pcap_datalink(handle_.get())))),
        nanos_a_unit_(
            pcap_get_tstamp_precision(handle_.get()) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000),
        slot_(static_cast<uint32_t>(pcap_snapshot(handle_.get())) + kTagRoom),
        // Not written to: memory is taken as frames need it.
        arena_(new uint8_t[static_cast<size_t>(slot_) * kBatchFrames]) {}

  Status next(Batch* batch, int wait_ms) override {
    batch->count = 0;
    batch_ = batch;
    used_ = 0;
    if (fanout_ && from_ == 0) begin();
    int n = dispatch();
    if (n == 0) {
      pollfd waiting{fd_, POLLIN, 0};
      poll(&waiting, 1, wait_ms);
      n = dispatch();
    }
    if (batch->count > 0) return Status::kFrames;
    return n == PCAP_ERROR ? failed(wait_ms) : Status::kIdle;
  }

  // When the device is gone: what it was.
  SourceCounters counters() override {
    pcap_stat stat{};
    if (pcap_stats(handle_.get(), &stat) == 0) {
      received_.extend(stat.ps_recv);
      dropped_.extend(stat.ps_drop);
      interface_dropped_.extend(stat.ps_ifdrop);
    }
    SourceCounters counters;
    counters.received = received_.total() - others_ - dropped_before_;
    counters.kernel_dropped = dropped_.total() - dropped_before_;
    counters.interface_dropped = interface_dropped_.total();
    counters.unread = counters.received - counters.kernel_dropped - shown_;
    if (device_ == kAnyDevice && stopped_) std::swap(counters.unread, counters.copies);
    return counters;
  }

  bool is_live() const override { return true; }
  int wait_fd() const override { return fd_; }
  void stop_intake() override { stopped_ = refuse_frames(fd_); }
  const std::string& message() const override { return message_; }

 private:
  // At most a batch.
  int dispatch() {
    return pcap_dispatch(handle_.get(), static_cast<int>(kBatchFrames), &LiveSource::on_frame,
                         reinterpret_cast<u_char*>(this));
  }

  static void on_frame(u_char* self, const pcap_pkthdr* header, const u_char* data) {
    reinterpret_cast<LiveSource*>(self)->add(*header, data);
  }

  // What came before all sources shared the device was shown to several of them: it is passed over,
  // and so are drops from that time.
  void begin() {
    from_ = fanout_->complete_since();
    if (from_ == 0) return;
    counters();
    dropped_before_ = dropped_.total();
  }

  void add(const pcap_pkthdr& header, const uint8_t* data) {
    const base::Nanos time = static_cast<base::Nanos>(header.ts.tv_sec) * base::kSecond +
                             static_cast<base::Nanos>(header.ts.tv_usec) * nanos_a_unit_;
    if (fanout_ && (from_ == 0 || time < from_)) {
      others_++;
      return;
    }
    shown_++;
    Frame* frame = &batch_->frames[batch_->count++];
    *frame = {};
    frame->data = arena_.get() + used_;
    frame->captured = std::min(header.caplen, slot_);
    frame->wire = header.len;
    frame->time = time;
    frame->link_type = link_type_;
    std::memcpy(arena_.get() + used_, data, frame->captured);
    used_ += frame->captured;
  }

  // A link that goes down comes up again; only a device that is gone ends the capture.
  Status failed(int wait_ms) {
    const char* cause = pcap_geterr(handle_.get());
    if (std::strstr(cause, "went down") || std::strstr(cause, "Network is down")) {
      poll(nullptr, 0, wait_ms);
      return Status::kIdle;
    }
    message_ = "capture from '" + device_ + "' ended: " + cause;
    return Status::kError;
  }

  Handle handle_;
  std::string device_;
  std::shared_ptr<Fanout> fanout_;
  base::Nanos from_ = 0;  // time from which on packets are ours; with fanout_
  uint64_t others_, dropped_before_;
  uint64_t shown_ = 0;
  bool stopped_ = false;
  int fd_;
  uint16_t link_type_;
  uint32_t nanos_a_unit_;
  uint32_t slot_;
  std::unique_ptr<uint8_t[]> arena_;
  size_t used_ = 0;
  Batch* batch_ = nullptr;
  Wide received_, dropped_, interface_dropped_;
  std::string message_;
};

const char* code_of(int status) {
  switch (status) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return "PERMISSION";
    case PCAP_ERROR_NO_SUCH_DEVICE:
    case PCAP_ERROR_IFACE_NOT_UP:
      return "DEVICE";
    default:
      return "CAPTURE";
  }
}

// Everything that can be said before activation. Immediate mode is never set: it would force
// TPACKET_V2, at 36 times the CPU.
void configure(pcap_t* handle, const LiveOptions& options) {
  const auto to_int = [](uint32_t n) { return static_cast<int>(std::min<uint32_t>(n, INT_MAX)); };
  pcap_set_snaplen(handle, to_int(options.snaplen));
  pcap_set_promisc(handle, options.promiscuous);
  pcap_set_timeout(handle, options.retire_ms);
  pcap_set_buffer_size(handle, to_int(options.ring_bytes));
  // Refused where the system has microseconds only.
  pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO);
}

// What came between activation and the filter is in the ring already: libpcap would pass over it,
// but it is counted. It is thrown away, and `before` says how much it was.
void empty_ring(pcap_t* handle, const LiveOptions& options, pcap_stat* before) {
  refuse_frames(pcap_fileno(handle));
  poll(nullptr, 0, 2 * options.retire_ms);
  const pcap_handler ignore = [](u_char*, const pcap_pkthdr*, const u_char*) {};
  while (pcap_dispatch(handle, -1, ignore, nullptr) > 0) {
  }
  pcap_stats(handle, before);
}

bool set_filter(pcap_t* handle, const std::string& text, std::string* error) {
  bpf_program program{};
  if (pcap_compile(handle, &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    *error = "the filter '" + text + "' is not understood: " + pcap_geterr(handle);
    return false;
  }
  const bool set = pcap_setfilter(handle, &program) == 0;
  if (!set) *error = "the filter '" + text + "' cannot be set: " + pcap_geterr(handle);
  pcap_freecode(&program);
  return set;
}

std::string activation_error(pcap_t* handle, int status, const std::string& device) {
  const std::string detail = pcap_geterr(handle), what = pcap_statustostr(status);
  std::string text = "cannot capture from '" + device + "': " + what;
  if (!detail.empty() && detail != what) text += " (" + detail + ")";
  return text;
}

}  // namespace

Opened open_live(const LiveOptions& options) {
  char error[PCAP_ERRBUF_SIZE] = "";
  Handle handle(pcap_create(options.device.c_str(), error));
  if (!handle) return failure("CAPTURE", "'" + options.device + "': " + error);
  configure(handle.get(), options);
  const int status = pcap_activate(handle.get());
  if (status < 0)
    return failure(code_of(status), activation_error(handle.get(), status, options.device));
  if (pcap_setnonblock(handle.get(), 1, error) != 0)
    return failure("CAPTURE", "'" + options.device + "': " + error);
  if (options.device == kLoopback) ignore_outgoing(pcap_fileno(handle.get()));
  pcap_stat before{};
  if (!options.filter.empty()) {
    std::string filter_error;
    empty_ring(handle.get(), options, &before);
    if (!set_filter(handle.get(), options.filter, &filter_error))
      return failure("FILTER", std::move(filter_error));
  }
  if (options.fanout) {
    const std::string refused = options.fanout->join(pcap_fileno(handle.get()));
    if (!refused.empty()) return failure("CAPTURE", "'" + options.device + "': " + refused);
  }
  return {std::make_unique<LiveSource>(std::move(handle), options, before), "", ""};
}

}  // namespace pbfast::capture
