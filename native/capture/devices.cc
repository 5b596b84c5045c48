// The devices that libpcap can capture from.
#include <netinet/in.h>
#include <pcap/pcap.h>

#include "base/ip.h"
#include "capture/source.h"

namespace pbfast::capture {

namespace {

// False for what is no IP address.
bool ip_of(const sockaddr* address, base::Ip* ip) {
  if (address && address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    *ip = base::Ip::from_v4(reinterpret_cast<const uint8_t*>(&v4->sin_addr));
    return true;
  }
  if (address && address->sa_family == AF_INET6) {
    *ip = base::Ip::from_v6(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr.s6_addr);
    return true;
  }
  return false;
}

Device describe(const pcap_if_t& from) {
  Device device;
  device.name = from.name;
  device.description = from.description ? from.description : "";
  device.up = from.flags & PCAP_IF_UP;
  device.loopback = from.flags & PCAP_IF_LOOPBACK;
  for (const pcap_addr_t* a = from.addresses; a; a = a->next) {
    base::Ip ip;
    if (!ip_of(a->addr, &ip)) continue;
    char text[48];
    if (!device.addresses.empty()) device.addresses += ' ';
    device.addresses.append(text, base::format_ip(ip, text));
  }
  return device;
}

}  // namespace

std::unique_ptr<Device[]> list_devices(uint32_t* count, std::string* error) {
  char text[PCAP_ERRBUF_SIZE] = "";
  pcap_if_t* all = nullptr;
  *count = 0;
  if (pcap_findalldevs(&all, text) != 0) {
    *error = text;
    return nullptr;
  }
  for (const pcap_if_t* device = all; device; device = device->next) ++*count;
  auto devices = std::make_unique<Device[]>(*count);
  uint32_t i = 0;
  for (const pcap_if_t* device = all; device; device = device->next)
    devices[i++] = describe(*device);
  pcap_freealldevs(all);
  return devices;
}

}  // namespace pbfast::capture
