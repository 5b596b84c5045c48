#include "events/direction.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

#include "base/ip.h"

using namespace pbfast;
using events::Directions;
using events::Network;

namespace {

Network network(const char* text, uint8_t bits) {
  base::Ip ip;
  CHECK(base::parse_ip(text, static_cast<uint32_t>(std::strlen(text)), &ip));
  Network out{};
  std::memcpy(out.prefix, ip.bytes, 16);
  out.bits = bits;
  return out;
}

std::string of(const Directions& directions, const char* source, const char* destination) {
  const Network from = network(source, 128), to = network(destination, 128);
  return std::string(directions.of(from.prefix, to.prefix));
}

Network ten() { return network("10.0.0.0", 104); }

}  // namespace

TEST_CASE("the host's view: destination first, then source") {
  const Directions d({network("198.51.100.7", 128)}, {ten()});
  CHECK(of(d, "8.8.8.8", "127.1.2.3") == "\"ingress\"");
  CHECK(of(d, "127.0.0.1", "127.0.0.1") == "\"ingress\"");
  CHECK(of(d, "127.0.0.1", "8.8.8.8") == "\"egress\"");
  CHECK(of(d, "::1", "::1") == "\"ingress\"");
  CHECK(of(d, "8.8.8.8", "169.254.9.9") == "\"ingress\"");
  CHECK(of(d, "fe80::1", "2001:db8::1") == "\"egress\"");
  CHECK(of(d, "febf::1", "2001:db8::1") == "\"egress\"");
  CHECK(of(d, "10.0.0.1", "198.51.100.7") == "\"ingress\"");
  CHECK(of(d, "198.51.100.7", "10.0.0.1") == "\"egress\"");
}

TEST_CASE("addresses next to the local ones are not local") {
  const Directions d({}, {});
  for (const char* ip : {"126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "::2",
                         "fec0::1", "fe7f::1", "224.0.1.0", "ff03::1"}) {
    CHECK(of(d, ip, ip) == "\"unknown\"");
  }
}

TEST_CASE("the perimeter's view, only with internal networks") {
  const Directions d({}, {ten(), network("192.0.2.128", 121)});
  CHECK(of(d, "10.0.0.1", "10.255.255.255") == "\"internal\"");
  CHECK(of(d, "10.0.0.1", "11.0.0.0") == "\"outbound\"");
  CHECK(of(d, "9.255.255.255", "10.0.0.0") == "\"inbound\"");
  CHECK(of(d, "8.8.8.8", "9.9.9.9") == "\"external\"");
  CHECK(of(d, "192.0.2.128", "8.8.8.8") == "\"outbound\"");
  CHECK(of(d, "192.0.2.127", "8.8.8.8") == "\"external\"");
  CHECK(of(Directions({}, {}), "10.0.0.1", "10.0.0.2") == "\"unknown\"");
}

TEST_CASE("a network of no bits holds all, one of too many bits a single address") {
  CHECK(of(Directions({}, {network("0.0.0.0", 0)}), "8.8.8.8", "2001:db8::1") == "\"internal\"");
  const Directions d({}, {network("8.8.8.8", 255)});
  CHECK(of(d, "8.8.8.8", "8.8.4.4") == "\"outbound\"");
}
