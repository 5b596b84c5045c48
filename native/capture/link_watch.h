// Network interfaces that come, go and change, as the kernel tells it (rtnetlink(7)).
#pragma once
#include <cstdint>
#include <string>

namespace pbfast::capture {

struct LinkEvent {
  enum class Kind : uint8_t { kChanged, kRemoved, kMissed } kind;  // kMissed: events were lost
  int index = 0;
  bool up = false;  // by the administrator
  std::string name;
};

class LinkWatch {
 public:
  LinkWatch();
  ~LinkWatch();
  LinkWatch(const LinkWatch&) = delete;
  LinkWatch& operator=(const LinkWatch&) = delete;
  // The next event that is there; never waits.
  bool next(LinkEvent* event);

 private:
  bool receive();

  int fd_;
  alignas(8) char buffer_[16384];
  uint32_t at_ = 0, size_ = 0;
  bool missed_ = false;
};

}  // namespace pbfast::capture
