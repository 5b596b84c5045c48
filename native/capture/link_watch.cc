#include "capture/link_watch.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pbfast::capture {

namespace {

std::string name_of(const ifinfomsg* link, uint32_t size) {
  const auto* attribute = IFLA_RTA(link);
  for (auto left = static_cast<int>(size); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type != IFLA_IFNAME) continue;
    const auto* text = static_cast<const char*>(RTA_DATA(attribute));
    return std::string(text, strnlen(text, RTA_PAYLOAD(attribute)));
  }
  return "";
}

}  // namespace

LinkWatch::LinkWatch()
    : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE)) {
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  if (fd_ < 0 || bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return;
  close(fd_);
  fd_ = -1;
}

LinkWatch::~LinkWatch() {
  if (fd_ >= 0) close(fd_);
}

bool LinkWatch::next(LinkEvent* event) {
  while (fd_ >= 0) {
    auto left = size_ - at_;
    const auto* header = reinterpret_cast<const nlmsghdr*>(buffer_ + at_);
    if (!NLMSG_OK(header, left)) {
      if (receive()) continue;
      if (!missed_) return false;
      missed_ = false;
      *event = {};
      event->kind = LinkEvent::Kind::kMissed;
      return true;
    }
    at_ += NLMSG_ALIGN(header->nlmsg_len);
    if (at_ > size_) at_ = size_;
    const bool is_link = header->nlmsg_type == RTM_NEWLINK || header->nlmsg_type == RTM_DELLINK;
    if (!is_link || header->nlmsg_len < NLMSG_LENGTH(sizeof(ifinfomsg))) continue;
    const auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(header));
    // A bridge tells of its ports too, which is not their end.
    if (link->ifi_family != AF_UNSPEC) continue;
    event->kind =
        header->nlmsg_type == RTM_DELLINK ? LinkEvent::Kind::kRemoved : LinkEvent::Kind::kChanged;
    event->index = link->ifi_index;
    event->up = link->ifi_flags & IFF_UP;
    event->name = name_of(link, IFLA_PAYLOAD(header));
    return true;
  }
  return false;
}

// False when nothing came.
bool LinkWatch::receive() {
  at_ = size_ = 0;
  const ssize_t size = recv(fd_, buffer_, sizeof buffer_, 0);
  if (size < 0 && errno == ENOBUFS) missed_ = true;
  if (size <= 0) return false;
  size_ = static_cast<uint32_t>(size);
  return true;
}

}  // namespace pbfast::capture
