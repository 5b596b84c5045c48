#include "capture/dump.h"

#include <utility>

namespace pbfast::capture {

namespace {

constexpr uint16_t kEthernet = 1;

class Dump final : public Source {
 public:
  Dump(std::unique_ptr<Source> source, std::string name, std::shared_ptr<PcapngWriter> writer,
       std::shared_ptr<LiveControl> control)
      : source_(std::move(source)),
        name_(std::move(name)),
        writer_(std::move(writer)),
        control_(std::move(control)) {}

  ~Dump() override {
    if (!described_) describe(kEthernet);
    writer_->statistics(number_, last_, source_->counters());
  }

  Status next(Batch* batch, int wait_ms) override {
    const Status status = source_->next(batch, wait_ms);
    for (uint32_t i = 0; i < batch->count; i++) write(batch->frames[i]);
    if (status != Status::kFrames) writer_->flush();
    if (!writer_->error().empty()) fail(batch->count);
    return status;
  }

  SourceCounters counters() override {
    SourceCounters counters = source_->counters();
    counters.undumped += lost_;
    return counters;
  }

  bool is_live() const override { return source_->is_live(); }
  void stop_intake() override { source_->stop_intake(); }
  int wait_fd() const override { return source_->wait_fd(); }
  const std::string& message() const override { return source_->message(); }

 private:
  void write(const Frame& frame) {
    if (!described_ || frame.link_type != link_type_) describe(frame.link_type);
    writer_->packet(number_, frame);
    if (frame.time > last_) last_ = frame.time;
  }

  void describe(uint16_t link_type) {
    described_ = true;
    link_type_ = link_type;
    number_ = writer_->add_interface(link_type, name_);
  }

  // LIMIT: what the buffer held when writing failed is not counted.
  void fail(uint32_t frames) {
    lost_ += frames;
    if (!told_) control_->tell(writer_->error());
    told_ = true;
  }

  std::unique_ptr<Source> source_;
  std::string name_;
  std::shared_ptr<PcapngWriter> writer_;
  std::shared_ptr<LiveControl> control_;
  bool described_ = false, told_ = false;
  uint16_t link_type_ = 0;
  uint32_t number_ = 0;
  base::Nanos last_ = 0;
  uint64_t lost_ = 0;
};

}  // namespace

std::unique_ptr<Source> make_dump(std::unique_ptr<Source> source, const std::string& name,
                                  std::shared_ptr<PcapngWriter> writer,
                                  std::shared_ptr<LiveControl> control) {
  return std::make_unique<Dump>(std::move(source), name, std::move(writer), std::move(control));
}

}  // namespace pbfast::capture
