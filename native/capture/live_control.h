// What running live sources and whoever started them tell each other, from different threads.
#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace pbfast::capture {

class LiveControl {
 public:
  // LIMIT: what nobody takes is lost from the oldest on.
  static constexpr size_t kMaxNotices = 64;

  // For the log: one line.
  void tell(std::string notice) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (notices_.size() == kMaxNotices) notices_.erase(notices_.begin());
    notices_.push_back(std::move(notice));
    news_.store(true, std::memory_order_release);
  }
  std::vector<std::string> take_notices() {
    if (!news_.load(std::memory_order_acquire)) return {};
    const std::lock_guard<std::mutex> lock(mutex_);
    news_.store(false, std::memory_order_relaxed);
    return std::exchange(notices_, {});
  }

  // Interface number `interface` is to be captured from `device` from now on.
  void retarget(uint32_t interface, std::string device) {
    const std::lock_guard<std::mutex> lock(mutex_);
    targets_.emplace_back(interface, std::move(device));
    moves_.store(true, std::memory_order_release);
  }
  // Empty when it stays where it is.
  std::string take_target(uint32_t interface) {
    if (!moves_.load(std::memory_order_acquire)) return "";
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string device;
    std::erase_if(targets_, [&](auto& target) {
      if (target.first != interface) return false;
      device = std::move(target.second);
      return true;
    });
    moves_.store(!targets_.empty(), std::memory_order_relaxed);
    return device;
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> news_{false}, moves_{false};
  std::vector<std::string> notices_;
  std::vector<std::pair<uint32_t, std::string>> targets_;
};

}  // namespace pbfast::capture
