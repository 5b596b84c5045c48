#include "capture/watched.h"

#include <net/if.h>
#include <poll.h>

#include <utility>

#include "base/clock.h"
#include "capture/link_watch.h"

namespace pbfast::capture {

namespace {

constexpr base::Nanos kRetry = 100'000'000;  // between attempts to open a device that is gone
constexpr uint32_t kLookEvery = 64;          // batches, while they keep coming
constexpr uint32_t kLastIdles = 6;           // longer than the ring keeps a block back

class Watched final : public Source {
 public:
  Watched(const LiveOptions& options, uint16_t interface, std::shared_ptr<LiveControl> control)
      : options_(options), interface_(interface), control_(std::move(control)) {}

  Opened open() {
    Opened opened = open_live(options_);
    if (opened.source) start(std::move(opened.source));
    return opened;
  }

  Status next(Batch* batch, int wait_ms) override {
    batch->count = 0;
    move();
    if (looks_ == 0) look();
    if (!inner_) return wait(wait_ms);
    const Status status = inner_->next(batch, wait_ms);
    if (status == Status::kFrames) {
      looks_--;
      idles_ = 0;
      for (uint32_t i = 0; i < batch->count; i++) batch->frames[i].interface = interface_;
      return status;
    }
    looks_ = 0;
    if (status == Status::kError) lose();
    if (ending_ && ++idles_ >= kLastIdles) leave();
    return Status::kIdle;
  }

  SourceCounters counters() override {
    SourceCounters sum = past_;
    if (inner_) sum += inner_->counters();
    return sum;
  }

  bool is_live() const override { return true; }
  int wait_fd() const override { return inner_ ? inner_->wait_fd() : -1; }
  void stop_intake() override {
    stopped_ = true;
    if (inner_) inner_->stop_intake();
  }
  const std::string& message() const override { return message_; }

 private:
  void start(std::unique_ptr<Source> source) {
    inner_ = std::move(source);
    index_ = static_cast<int>(if_nametoindex(options_.device.c_str()));
    name_ = options_.device;
    ending_ = false;
    up_ = true;
    idles_ = 0;
  }

  // What the kernel tells of the device.
  void look() {
    looks_ = kLookEvery;
    LinkEvent event;
    while (links_.next(&event)) {
      if (event.kind == LinkEvent::Kind::kMissed) {
        char name[IF_NAMESIZE];
        if (inner_ && index_ > 0 && !if_indextoname(static_cast<unsigned>(index_), name)) lose();
      } else if (inner_ && !ending_ && event.index == index_) {
        follow(event);
      }
    }
  }

  void follow(const LinkEvent& event) {
    if (event.kind == LinkEvent::Kind::kRemoved) {
      lose();
      return;
    }
    if (event.up != up_) {
      up_ = event.up;
      if (!up_) past_.downs++;
      control_->tell("'" + name_ + (up_ ? "' is up again" : "' is down: waiting for it"));
    }
    if (event.name.empty() || event.name == name_) return;
    control_->tell("'" + name_ + "' is now called '" + event.name + "'");
    name_ = event.name;
  }

  // The device is gone; what its ring holds is still read.
  void lose() {
    if (ending_) return;
    ending_ = true;
    idles_ = 0;
    control_->tell("'" + name_ + "' is gone: waiting for '" + options_.device + "'");
  }

  void leave() {
    past_ += inner_->counters();
    inner_.reset();
    ending_ = false;
    told_ = "";
    next_try_ = 0;
  }

  Status wait(int wait_ms) {
    const base::Nanos now = base::monotonic_now();
    if (!stopped_ && now >= next_try_) {
      next_try_ = now + kRetry;
      reopen();
    }
    if (!inner_) poll(nullptr, 0, wait_ms);
    looks_ = 0;
    return Status::kIdle;
  }

  void reopen() {
    // Events of the time before are not about the new one.
    LinkEvent old;
    while (links_.next(&old)) {
    }
    const Opened opened = open();
    if (inner_) {
      past_.reopened++;
      control_->tell("'" + options_.device + "' is back");
    } else if (opened.code != "DEVICE" && opened.message != told_) {
      told_ = opened.message;
      control_->tell(told_);
    }
  }

  // To another device, when that is asked for; the old one is read to its end only as far as it is
  // in the batch at hand.
  void move() {
    std::string device = control_->take_target(interface_);
    if (device.empty() || (device == options_.device && inner_)) return;
    LiveOptions options = options_;
    options.device = device;
    Opened opened = open_live(options);
    if (!opened.source) {
      control_->tell(opened.message);
      return;
    }
    control_->tell("now capturing from '" + device + "' in place of '" + options_.device + "'");
    if (inner_) leave();
    options_ = std::move(options);
    past_.reopened++;
    start(std::move(opened.source));
  }

  LiveOptions options_;
  uint16_t interface_;
  std::shared_ptr<LiveControl> control_;
  LinkWatch links_;
  std::unique_ptr<Source> inner_;  // null while the device is gone
  SourceCounters past_;            // of sources that are closed
  std::string name_;               // which the device has now
  int index_ = 0;
  bool up_ = true, ending_ = false, stopped_ = false;
  uint32_t looks_ = 0, idles_ = 0;
  base::Nanos next_try_ = 0;
  std::string told_, message_;
};

}  // namespace

Opened open_watched(const LiveOptions& options, uint16_t interface,
                    std::shared_ptr<LiveControl> control) {
  auto watched = std::make_unique<Watched>(options, interface, std::move(control));
  Opened opened = watched->open();
  if (!opened.code.empty()) return opened;
  opened.source = std::move(watched);
  return opened;
}

}  // namespace pbfast::capture
