#include "flow/community_id.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

using namespace pbfast;

namespace {

base::Ip ip(const char* text) {
  base::Ip out;
  CHECK(base::parse_ip(text, static_cast<uint32_t>(std::strlen(text)), &out));
  return out;
}

std::string id(const flow::CommunityTuple& tuple, uint16_t seed = 0) {
  char text[flow::kCommunityIdBytes];
  return {text, flow::format_community_id(tuple, seed, text)};
}

struct Vector {
  const char *source, *destination;
  uint16_t source_port, destination_port;
  uint8_t protocol;
  const char* id;
};

// What Packetbeat and tshark say of real packets; ICMP: type and code.
constexpr Vector kVectors[] = {
    {"127.0.0.1", "127.0.0.1", 58979, 5672, 6, "1:0ErjQ0x5c2Wi+DGOFGoY+o9hRB8="},
    {"140.211.167.50", "192.168.238.68", 80, 52522, 6, "1:ThwwPykiTfLNI4/sS7fl1cZEEZ0="},
    {"192.168.33.1", "192.168.33.14", 60137, 3306, 6, "1:9KUFobbPouJ9e7hGr0khrShJ1Rs="},
    {"::1", "::1", 50447, 9229, 6, "1:5X9wnxwpD5mj3Jw6sRur8fyWA8s="},
    {"192.168.1.52", "8.8.8.8", 54585, 53, 17, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {"0.0.0.0", "255.255.255.255", 68, 67, 17, "1:t9O1j0qj71O4wJM7gnaHtgmfev8="},
    {"192.168.170.8", "192.168.170.56", 7, 7, 132, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
    {"192.168.0.89", "192.168.0.1", 8, 0, 1, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {"10.0.0.1", "10.0.0.2", 8, 0, 1, "1:YcMyyWJfhc95EW1GfXt6jlZ3DiQ="},
    {"::1", "::2", 128, 0, 58, "1:9UpHcZHFAOl8WqZVOs5YRQ5wDGE="},
    {"3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 0, 58,
     "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
    // Neighbours and routers; time exceeded and unreachable, which have no counterpart.
    {"3ffe:507:0:1:260:97ff:fe07:69ea", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 0, 58,
     "1:GpbEQrKqfWtsfsFiqg8fufoZe5Y="},
    {"fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 136, 0, 58,
     "1:zavyT/cezQr1fmImYCwYnMXbgck="},
    {"fe80::200:86ff:fe05:80da", "ff02::2", 133, 0, 58, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0="},
    {"fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0, 58, "1:pkvHqCL88/tg1k4cPigmZXUtL00="},
    {"3ffe:501:0:1802:260:97ff:feb6:7ff0", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, 58,
     "1:bnQKq8A2r//dWnkRW2EYcMhShjc="},
    {"3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:4819::42", 1, 4, 58,
     "1:jwuBy9UWZK1KUFqJV5cHdVpfrlY="},
    {"3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, 58,
     "1:2ObVBgIn28oZvibYZhZMBgh7WdQ="},
};

// The other direction's tuple, with the type that answers.
flow::CommunityTuple answer(const Vector& v) {
  flow::CommunityTuple t{ip(v.destination), ip(v.source), v.destination_port, v.source_port,
                         v.protocol};
  if (v.protocol != 1 && v.protocol != 58) return t;
  // Requests and replies are neighbours, the lower type before the higher.
  t.source_port = v.protocol == 1 ? 0 : v.source_port ^ 1;
  if (v.source_port >= 133) t.source_port = ((v.source_port - 1) ^ 1) + 1;
  t.destination_port = 0;
  return t;
}

bool is_one_way(const Vector& v) { return v.protocol == 58 && v.source_port < 128; }

}  // namespace

TEST_CASE("Community ids of real packets, from both directions") {
  for (const Vector& v : kVectors) {
    CAPTURE(std::string(v.source));
    CAPTURE(v.protocol);
    CHECK(id({ip(v.source), ip(v.destination), v.source_port, v.destination_port, v.protocol}) ==
          v.id);
    if (!is_one_way(v)) CHECK(id(answer(v)) == v.id);
  }
}

TEST_CASE("One-way ICMP keeps its direction; other protocols have no ports; the seed counts") {
  const base::Ip a = ip("10.0.0.1"), b = ip("10.0.0.2");
  CHECK(id({a, b, 3, 1, 1}) != id({b, a, 3, 1, 1}));
  CHECK(id({a, b, 3, 1, 1}) != id({a, b, 3, 2, 1}));
  CHECK(id({a, b, 13, 0, 1}) == id({b, a, 14, 0, 1}));
  CHECK(id({a, b, 10, 0, 1}) == id({b, a, 9, 0, 1}));
  CHECK(id({a, b, 130, 0, 58}) == id({b, a, 131, 0, 58}));
  CHECK(id({a, b, 5, 6, 47}) == id({b, a, 7, 8, 47}));
  CHECK(id({a, b, 5, 6, 6}, 0) != id({a, b, 5, 6, 6}, 1));
}
