#include "events/encoder.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "events/encoder_harness.h"

using namespace pbfast::events;

namespace {

// One field `v`, as the text between `{"v":` and `}\n`.
std::string value_of(const RowBuilder& row, const std::string& memory = {}) {
  Harness h(bare({"", "v"}), memory);
  const std::string line = h.encode(row);
  CHECK(h.encoder.malformed_rows() == 0);
  CHECK(line.substr(0, 5) == "{\"v\":");
  CHECK(line.substr(line.size() - 2) == "}\n");
  return line.substr(5, line.size() - 7);
}

std::string after(const std::string& line) { return line.substr(0, line.size() - 1); }

}  // namespace

TEST_CASE("a value of every kind") {
  const auto longest = static_cast<uint64_t>(std::numeric_limits<int64_t>::min());
  CHECK(value_of(RowBuilder().bits(1, EntryKind::kLong, 42)) == "42");
  CHECK(value_of(RowBuilder().bits(1, EntryKind::kLong, ~0ull)) == "-1");
  CHECK(value_of(RowBuilder().bits(1, EntryKind::kLong, longest)) == "-9223372036854775808");
  CHECK(value_of(RowBuilder().bits(1, EntryKind::kUnsigned, ~0ull)) == "18446744073709551615");
  CHECK(value_of(RowBuilder().real(1, 2.5)) == "2.5");
  CHECK(value_of(RowBuilder().real(1, std::numeric_limits<double>::infinity())) == "null");
  CHECK(value_of(RowBuilder().entry(1, EntryKind::kBoolean, 0, 1)) == "true");
  CHECK(value_of(RowBuilder().entry(1, EntryKind::kBoolean, 0, 0)) == "false");
  CHECK(value_of(RowBuilder().entry(1, EntryKind::kDate, 0, 1423845045, 303999999)) ==
        "\"2015-02-13T16:30:45.303Z\"");
  CHECK(value_of(RowBuilder().entry(1, EntryKind::kConstant, 0, kGet)) == "\"GET\"");
  CHECK(value_of(RowBuilder().text(1, "caf\xc3\xa9 \"x\"")) == "\"caf\xc3\xa9 \\\"x\\\"\"");
  CHECK(value_of(RowBuilder().text(1, "")) == "\"\"");
  CHECK(value_of(RowBuilder().entry(1, EntryKind::kLent, 4, 3), "...lent") == "\"lent\"");
  CHECK(value_of(RowBuilder().text(1, "\x0a\x01\x02\x03", EntryKind::kIp)) == "\"10.1.2.3\"");
  CHECK(value_of(RowBuilder().text(1, std::string(15, '\0') + '\1', EntryKind::kIp)) == "\"::1\"");
}

TEST_CASE("lists and objects nest") {
  RowBuilder answers;
  answers.list(1);
  for (const char* name : {"a.example", "b.example"})
    answers.object().key("name").text(0, name).key("ttl").bits(0, EntryKind::kLong, 60).close();
  CHECK(value_of(answers.close()) ==
        R"([{"name":"a.example","ttl":60},{"name":"b.example","ttl":60}])");
  CHECK(value_of(RowBuilder()
                     .object(1)
                     .entry(0, EntryKind::kKeyConstant, 0, kGet)
                     .list()
                     .list()
                     .close()
                     .object()
                     .close()
                     .entry(0, EntryKind::kBoolean, 0, 1)
                     .close()
                     .key("k\"")
                     .text(0, "v")
                     .entry(0, EntryKind::kKeyLent, 2, 1)
                     .real(0, 0.5)
                     .close(),
                 "-wx") == R"({"GET":[[],{},true],"k\"":"v","wx":0.5})");
}

TEST_CASE("an empty list or object is left out") {
  Harness h(bare({"", "a", "b"}));
  CHECK(h.encode(RowBuilder().list(1).close().object(2).close()) == "{}\n");
  CHECK(h.encode(RowBuilder().list(1).close().text(2, "x")) == "{\"b\":\"x\"}\n");
}

TEST_CASE("an empty list or object is written where its entry says so") {
  Harness h(bare({"", "a", "b"}));
  CHECK(h.encode(RowBuilder().entry(1, EntryKind::kList, 1).close()) == "{\"a\":[]}\n");
  CHECK(h.encode(RowBuilder().entry(1, EntryKind::kObject, 1).close()) == "{\"a\":{}}\n");
}

TEST_CASE("fields come in the order of ids, set twice the last one counts") {
  Harness h(bare({"", "a", "b", "c"}));
  CHECK(h.encode(RowBuilder().text(3, "3").text(1, "1").text(3, "4").text(2, "2")) ==
        R"({"a":"1","b":"2","c":"4"})"
        "\n");
}

TEST_CASE("objects open and close between any two fields") {
  const std::vector<std::string> paths = {"", "a", "b.c", "b.d.e", "b.d.f", "g.h.i.j", "k"};
  const std::vector<std::string> open = {"\"a\":\"x\"", "\"c\":\"x\"", "\"e\":\"x\"",
                                         "\"f\":\"x\"", "\"j\":\"x\"", "\"k\":\"x\""};
  Harness h(bare(paths));
  // Every subset of the fields, against a writer that knows the tree.
  for (uint32_t set = 0; set < 64; set++) {
    RowBuilder row;
    for (uint32_t i = 0; i < 6; i++)
      if (set >> i & 1) row.text(i + 1, "x");
    const auto join = [](const std::string& a, const std::string& b) {
      return a.empty() ? b : b.empty() ? a : std::string(a).append(",").append(b);
    };
    const auto has = [&](uint32_t i) { return set >> i & 1 ? open[i] : std::string(); };
    const auto wrap = [](const char* key, const std::string& inner) {
      return inner.empty() ? inner : std::string("\"") + key + "\":{" + inner + "}";
    };
    const std::string b = wrap("b", join(has(1), wrap("d", join(has(2), has(3)))));
    const std::string g = wrap("g", wrap("h", wrap("i", has(4))));
    std::string expected = "{";
    expected.append(join(join(has(0), b), join(g, has(5)))).append("}\n");
    CHECK(h.encode(row) == expected);
  }
}

TEST_CASE("keys of the configuration are escaped") {
  Harness h(bare({"", "say \"\\"}));
  CHECK(h.encode(RowBuilder().text(1, "x")) == R"({"say \"\\":"x"})"
                                               "\n");
}

TEST_CASE("static fields replace the row's and the envelope's, by number of the set") {
  Harness h;
  h.encoder.set_statics(1, {{test_field("tags"), "[\"t\"]"}, {test_field("event.dataset"), "1"}});
  h.encoder.set_statics(3, {{test_field("query"), "{\"deep\":2}"}, {60000, "\"beyond\""}});
  RowBuilder row;
  row.text(test_field("query"), "row");
  row.header.dataset = kDataset;
  const auto with = [&](uint32_t number) {
    row.header.statics = number;
    return h.encode(row);
  };
  CHECK(with(1).find(R"("tags":["t"],"type":"redis")") != std::string::npos);
  CHECK(with(1).find(R"("dataset":1,)") != std::string::npos);
  CHECK(with(1).find(R"("query":"row")") != std::string::npos);
  CHECK(with(3).find(R"("query":{"deep":2})") != std::string::npos);
  CHECK(with(0) == with(2));
  CHECK(with(0) == with(77));
  CHECK(with(0).find("tags") == std::string::npos);
  CHECK(h.encoder.malformed_rows() == 0);
}

TEST_CASE("the prefix goes before each line") {
  EncoderOptions options = bare({"", "v"});
  options.line_prefix = "{\"create\":{}}\n";
  Harness h(std::move(options));
  std::vector<uint32_t> rows;
  for (const char* text : {"1", "2"}) {
    const auto row = RowBuilder().text(1, text).build();
    rows.insert(rows.end(), row.begin(), row.end());
  }
  CHECK(h.encode(rows) == "{\"create\":{}}\n{\"v\":\"1\"}\n{\"create\":{}}\n{\"v\":\"2\"}\n");
  CHECK(h.progress.events == 2);
  CHECK(h.progress.words == rows.size());
}

TEST_CASE("text longer than the limit is cut between characters and counted once") {
  Harness h(bare({"", "v"}));
  const auto inner = [&](const std::string& text) {
    const std::string line = after(h.encode(RowBuilder().text(1, text)));
    return line.substr(6, line.size() - 8);
  };
  const std::string full(kMaxFieldBytes, 'x');
  CHECK(inner(full) == full);
  CHECK(h.encoder.truncated_fields() == 0);
  CHECK(inner(full + "y") == full);
  CHECK(h.encoder.truncated_fields() == 1);
  for (uint32_t before = 1; before <= 3; before++) {
    const std::string text = full.substr(before) + "\xf0\x9f\x98\x80\xf0\x9f\x98\x80";
    CHECK(inner(text) == full.substr(before));
  }
  CHECK(inner(full.substr(4) + "\xf0\x9f\x98\x80!") == full.substr(4) + "\xf0\x9f\x98\x80");
}
