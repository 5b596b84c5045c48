// Full buffers, and rows that lie.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "events/encoder_harness.h"

using namespace pbfast;
using namespace pbfast::events;

namespace {

std::vector<uint32_t> rows_of(const std::vector<RowBuilder>& rows) {
  std::vector<uint32_t> all;
  for (const RowBuilder& row : rows) {
    const auto words = row.build();
    all.insert(all.end(), words.begin(), words.end());
  }
  return all;
}

std::vector<RowBuilder> some_rows() {
  return {RowBuilder().text(1, "first \xe2\x82\xac").bits(2, EntryKind::kLong, 1),
          RowBuilder().object(3).key("list").list().real(0, 1.5).close().close(),
          RowBuilder().text(1, std::string(90, '\n')), RowBuilder().entry(2, EntryKind::kDate)};
}

uint64_t malformed_of(const std::vector<uint32_t>& rows, uint32_t events = 0) {
  Harness h(bare({"", "a", "b", "c"}), "memory");
  h.encode(rows);
  CHECK(h.progress.words == rows.size());
  CHECK(h.progress.events == events);
  return h.encoder.malformed_rows();
}
uint64_t malformed_of(const RowBuilder& row) { return malformed_of(row.build()); }

}  // namespace

TEST_CASE("a buffer of every size takes whole lines only") {
  const auto rows = rows_of(some_rows());
  Harness whole(bare({"", "a", "b", "c"}));
  const std::string all = whole.encode(rows);
  CHECK(std::count(all.begin(), all.end(), '\n') == 4);
  for (uint32_t capacity = 0; capacity <= all.size() + 40; capacity++) {
    Harness h(bare({"", "a", "b", "c"}));
    // What does not fit goes into further buffers of the same size.
    std::string got;
    uint32_t at = 0, events = 0;
    while (at < rows.size()) {
      std::vector<char> out(capacity);
      const Progress p = h.encoder.encode(rows.data() + at, static_cast<uint32_t>(rows.size()) - at,
                                          nullptr, 0, out.data(), capacity, true);
      REQUIRE(p.words > 0);
      CHECK(p.bytes <= capacity);
      CHECK((p.bytes == 0 || out[p.bytes - 1] == '\n'));
      got.append(out.data(), p.bytes);
      at += p.words;
      events += p.events;
    }
    CHECK(std::count(got.begin(), got.end(), '\n') == events);
    CHECK(events + h.encoder.dropped_too_large() == 4);
    CHECK(h.encoder.malformed_rows() == 0);
    if (h.encoder.dropped_too_large() == 0) CHECK(got == all);
    if (capacity >= 232) CHECK(h.encoder.dropped_too_large() == 0);
  }
}

TEST_CASE("a buffer that is in use already keeps the row for the next one") {
  const auto rows = rows_of(some_rows());
  Harness h(bare({"", "a", "b", "c"}));
  char out[8];
  const Progress p = h.encoder.encode(rows.data(), static_cast<uint32_t>(rows.size()), nullptr, 0,
                                      out, sizeof out, false);
  CHECK(p.words == 0);
  CHECK(p.bytes == 0);
  CHECK(p.events == 0);
  CHECK(h.encoder.dropped_too_large() == 0);
}

TEST_CASE("cut fields of a row that is encoded twice count once") {
  Harness h(bare({"", "a"}));
  const auto rows = RowBuilder().text(1, std::string(kMaxFieldBytes + 9, 'x')).build();
  std::vector<char> out(kMaxFieldBytes + 100);
  const auto encode = [&](uint32_t capacity, bool fresh) {
    return h.encoder.encode(rows.data(), static_cast<uint32_t>(rows.size()), nullptr, 0, out.data(),
                            capacity, fresh);
  };
  CHECK(encode(100, false).words == 0);
  CHECK(h.encoder.truncated_fields() == 0);
  CHECK(encode(kMaxFieldBytes + 100, true).events == 1);
  CHECK(h.encoder.truncated_fields() == 1);
}

TEST_CASE("a row that lies is counted and skipped, the next one is written") {
  const std::vector<RowBuilder> liars = {
      RowBuilder().entry(1, EntryKind::kHeap, 1, 0),           // behind the heap
      RowBuilder().entry(1, EntryKind::kHeap, 2, 0xffffffff),  // its sum wraps
      RowBuilder().entry(1, EntryKind::kLent, 7, 0),           // behind the memory
      RowBuilder().entry(1, EntryKind::kLent, 0xffffffff, 6),
      RowBuilder().entry(1, EntryKind::kIp, 4, 0),
      RowBuilder().text(1, "12345", EntryKind::kIp),
      RowBuilder().entry(1, EntryKind::kConstant, 0, 0),
      RowBuilder().entry(1, EntryKind::kConstant, 0, 99),
      RowBuilder().entry(1, static_cast<EntryKind>(0)),
      RowBuilder().entry(1, static_cast<EntryKind>(16)),
      RowBuilder().entry(1, EntryKind::kClose),
      RowBuilder().entry(1, EntryKind::kKeyConstant, 0, 1),
      RowBuilder().entry(4, EntryKind::kBoolean),  // no such field
      RowBuilder().entry(0xffff, EntryKind::kBoolean),
      RowBuilder().list(1),
      RowBuilder().list(1).entry(0, EntryKind::kBoolean),  // never closed
      RowBuilder().object(1).key("k"),
      RowBuilder().object(1).key("k").entry(0, EntryKind::kBoolean),
      RowBuilder().object(1).key("k").list().close(),
      RowBuilder().object(1).entry(0, EntryKind::kKeyConstant, 0, 99).list().close().close(),
      RowBuilder().object(1).entry(0, EntryKind::kKeyLent, 9, 0).list().close().close(),
      RowBuilder().list(1).key("k").close(),
  };
  for (size_t i = 0; i < liars.size(); i++) {
    CAPTURE(i);
    CHECK(malformed_of(liars[i]) == 1);
    CHECK(malformed_of(rows_of({liars[i], RowBuilder().text(1, "fine"), liars[i]}), 1) == 2);
  }
}

TEST_CASE("a header that lies") {
  const auto fine = RowBuilder().text(1, "fine").build();
  const auto with = [&](size_t word, uint32_t value) {
    auto rows = fine;
    rows[word] = value;
    return malformed_of(rows);
  };
  for (const uint32_t words : {0u, 1u, 23u, 30u, 0xffffffffu}) CHECK(with(0, words) == 1);
  for (const uint32_t entries : {2u, 1000u, 0x40000000u, 0xffffffffu}) CHECK(with(1, entries) == 1);
  for (const uint32_t heap : {5u, 0xfffffffdu, 0xffffffffu}) CHECK(with(2, heap) == 1);
  CHECK(with(3, 2) == 1);  // no such envelope
  CHECK(with(4, 1) == 1);  // no such card
  CHECK(with(4, 0xffffffff) == 1);
  for (size_t cut = 1; cut < fine.size(); cut++)
    CHECK(malformed_of({fine.begin(), fine.begin() + static_cast<long>(cut)}) == 1);
}

TEST_CASE("a flow report that lies") {
  std::string memory(sizeof(handoff::FlowReport) + 3, '\0');
  RowBuilder row;
  row.header.envelope = static_cast<uint32_t>(Envelope::kFlow);
  const auto malformed = [&](uint32_t offset) {
    Harness h({}, memory);
    row.header.report = offset;
    h.encode(row);
    return h.encoder.malformed_rows();
  };
  CHECK(malformed(3) == 0);
  CHECK(malformed(4) == 1);
  CHECK(malformed(0xffffffff) == 1);
  row.header.envelope = 2;
  CHECK(malformed(0) == 1);
  row.header.envelope = static_cast<uint32_t>(Envelope::kFlow);
  memory[offsetof(handoff::FlowInfo, vlan_count)] = 3;
  CHECK(malformed(0) == 1);
}

TEST_CASE("no card is opened beyond the limit") {
  Harness h;
  h.encoder.open_card(0xffffffff, tcp_flow(1, 2));
  h.encoder.open_card(1u << 24, tcp_flow(1, 2));
  h.encoder.open_card(7, tcp_flow(1, 2));
  RowBuilder row;
  row.header.card = 7;
  CHECK(h.encode(row).find("\"10.0.0.2\"") != std::string::npos);
  row.header.card = 1u << 24;
  CHECK(h.encode(row).empty());
}

TEST_CASE("nesting up to the limit, in constant stack") {
  const auto nested = [](uint32_t depth) {
    RowBuilder row;
    for (uint32_t i = 0; i < depth; i++) row.list(i == 0);
    row.entry(0, EntryKind::kBoolean);
    for (uint32_t i = 0; i < depth; i++) row.close();
    return row;
  };
  Harness h(bare({"", "a"}));
  CHECK(h.encode(nested(128)) ==
        "{\"a\":" + std::string(128, '[') + "false" + std::string(128, ']') + "}\n");
  CHECK(malformed_of(nested(129)) == 1);
  CHECK(malformed_of(nested(100000)) == 1);
}

TEST_CASE("an object cut at the row's limit of entries keeps its whole members") {
  Harness h(bare({"", "a"}));
  CHECK(h.encode(RowBuilder().object(1).key("x").text(0, "1").key("y").close()) ==
        R"({"a":{"x":"1"}})"
        "\n");
  CHECK(h.encode(RowBuilder()
                     .object(1)
                     .key("x")
                     .object()
                     .key("y")
                     .close()
                     .object()
                     .list()
                     .close()
                     .close()
                     .close()) == R"({"a":{"x":{}}})"
                                  "\n");
  CHECK(h.encode(RowBuilder().object(1).key("x").key("y").text(0, "1").text(0, "2").close()) ==
        R"({"a":{"y":"1"}})"
        "\n");
  CHECK(h.encoder.malformed_rows() == 0);
}
