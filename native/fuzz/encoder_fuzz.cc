// Rows of any content, well-formed and not: whole lines of valid JSON, never a byte too many, and
// every row is accounted for.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "events/row_builder.h"

using namespace pbfast;
using namespace pbfast::events;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Strict on strings: no control characters, known escapes, well-formed UTF-8.
class JsonChecker {
 public:
  explicit JsonChecker(std::string_view text) : p_(text.data()), end_(p_ + text.size()) {}
  bool is_valid() { return value(0) && p_ == end_; }

 private:
  static constexpr int kMaxDepth = 200;

  bool take(char c) { return p_ < end_ && *p_ == c && ++p_; }
  bool word(std::string_view w) {
    if (static_cast<size_t>(end_ - p_) < w.size() || std::string_view(p_, w.size()) != w)
      return false;
    p_ += w.size();
    return true;
  }
  bool digits() {
    const char* const start = p_;
    while (p_ < end_ && *p_ >= '0' && *p_ <= '9') p_++;
    return p_ > start;
  }
  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!take('e')) return true;
    if (!take('+')) take('-');
    return digits();
  }
  bool escape() {
    if (!take('u')) return p_ < end_ && *p_ && std::strchr("\"\\bfnrt", *p_++);
    for (int i = 0; i < 4; i++)
      if (p_ == end_ || !*p_ || !std::strchr("0123456789abcdef", *p_++)) return false;
    return true;
  }
  // By decoding, not by the encoder's table.
  bool sequence(uint8_t lead) {
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    uint32_t point = lead & (0x3f >> more);
    if (lead < 0xc0 || lead > 0xf7 || end_ - p_ < more) return false;
    for (int i = 0; i < more; i++) {
      const auto c = static_cast<uint8_t>(*p_++);
      if (c >> 6 != 2) return false;
      point = point << 6 | (c & 0x3f);
    }
    static constexpr uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
    return point >= kLeast[more] && point <= 0x10ffff && point >> 11 != 0x1b;
  }
  bool string() {
    if (!take('"')) return false;
    while (p_ < end_) {
      const auto c = static_cast<uint8_t>(*p_++);
      if (c == '"') return true;
      if (c < 0x20) return false;
      if (c == '\\' && !escape()) return false;
      if (c >= 0x80 && !sequence(c)) return false;
    }
    return false;
  }
  bool members(char closing, int depth) {
    if (take(closing)) return true;
    do {
      if (closing == '}' && !(string() && take(':'))) return false;
      if (!value(depth + 1)) return false;
    } while (take(','));
    return take(closing);
  }
  bool value(int depth) {
    if (depth > kMaxDepth) return false;
    if (take('{')) return members('}', depth);
    if (take('[')) return members(']', depth);
    if (p_ < end_ && *p_ == '"') return string();
    return word("true") || word("false") || word("null") || number();
  }

  const char* p_;
  const char* end_;
};

// The fuzzer's bytes, taken from the front; zeros when they are used up.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  uint8_t byte() {
    if (left_ == 0) return 0;
    left_--;
    return *data_++;
  }
  uint32_t word() {
    uint32_t w = 0;
    for (int i = 0; i < 4; i++) w = w << 8 | byte();
    return w;
  }
  std::string_view text(size_t size) {
    size = size < left_ ? size : left_;
    const std::string_view t(reinterpret_cast<const char*>(data_), size);
    data_ += size;
    left_ -= size;
    return t;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

constexpr EntryKind kTexts[] = {EntryKind::kHeap, EntryKind::kKeyHeap, EntryKind::kIp};

// Most entries are right, so that the walk goes deep; some are anything.
void add_entry(Input* in, RowBuilder* row, uint32_t* depth) {
  const uint8_t choice = in->byte();
  const uint32_t id = *depth ? 0 : in->byte() % (kTestPaths.size() + (choice == 255));
  switch (choice % 8) {
    case 0:
    case 1:
      row->text(id, in->text(in->byte() % 48), kTexts[choice / 8 % 2]);
      break;
    case 2:
      row->text(id, in->text(choice & 64 ? 4 : 16), kTexts[2]);
      break;
    case 3:
      row->bits(id, static_cast<EntryKind>(1 + choice / 8 % 4),
                static_cast<uint64_t>(in->word()) << 32 | in->word());
      break;
    case 4:
      ++*depth;
      if (choice & 8)
        row->list(id);
      else
        row->object(id);
      break;
    case 5:
      if (*depth) --*depth;
      row->close();
      break;
    case 6:
      row->entry(id, choice & 8 ? EntryKind::kConstant : EntryKind::kKeyConstant, 0,
                 in->byte() % 5);
      break;
    case 7:
      row->entry(id, static_cast<EntryKind>(in->byte() % 18), in->word(), in->word(), in->word());
      break;
  }
}

std::vector<uint32_t> make_row(Input* in) {
  RowBuilder row;
  const uint8_t shape = in->byte();
  row.header.envelope = shape & 3 ? 0 : in->byte() % 3;
  row.header.card = in->byte() % 5;
  row.header.report = shape & 4 ? in->word() : in->byte();
  row.header.dataset = in->byte() % 5;
  row.header.status = in->byte() % 5;
  row.header.flags = in->word();
  row.header.start_seconds = in->word();
  row.header.end_seconds = in->word();
  row.header.end_nanoseconds = in->word();
  row.header.source_bytes_low = row.header.destination_bytes_high = in->word();
  row.header.statics = in->byte() % 4;
  row.header.icmp = shape & 8 ? in->word() : 0;
  uint32_t depth = 0;
  for (uint32_t n = in->byte() % 64; n > 0; n--) add_entry(in, &row, &depth);
  if (shape & 16) {
    while (depth-- > 0) row.close();
  }
  std::vector<uint32_t> words = row.build();
  if ((shape & 0xe0) == 0xe0) words[in->byte() % words.size()] = in->word();
  return words;
}

void check_lines(std::string_view lines, uint32_t events) {
  uint32_t count = 0;
  while (!lines.empty()) {
    const size_t newline = lines.find('\n');
    require(newline != std::string_view::npos);
    require(JsonChecker(lines.substr(0, newline)).is_valid());
    lines.remove_prefix(newline + 1);
    count++;
  }
  require(count == events);
}

handoff::FlowInfo make_info(Input* in) {
  handoff::FlowInfo info = tcp_flow(in->byte(), in->byte());
  info.ip_version = "\0\4\6\4"[in->byte() % 4];
  info.ip_protocol = in->byte();
  info.icmp_type = in->byte();
  return info;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input in(data, size);
  EncoderOptions options;
  options.fields.paths = kTestPaths;
  options.precision = in.byte() % 13;
  Encoder encoder(std::move(options));
  for (const char* text : {"http", "", "caf\xc3\xa9 \"\n"}) encoder.add_constant(text);
  encoder.set_statics(1, {{test_field("tags"), "[\"a\"]"}, {test_field("related.ip"), "\"x\""}});
  for (uint32_t card = 0; card < 3; card++) encoder.open_card(card, make_info(&in));
  const uint32_t capacity = in.byte() * 16u;
  const std::string_view lent = in.text(sizeof(handoff::FlowReport) + in.byte() % 32);
  // Both of exactly their size, so that the sanitizer sees an access beyond.
  const std::vector<uint8_t> memory(lent.begin(), lent.end());
  std::vector<uint32_t> rows;
  while (!in.empty()) {
    const auto row = make_row(&in);
    rows.insert(rows.end(), row.begin(), row.end());
  }
  uint32_t at = 0;
  while (at < rows.size()) {
    const auto out = std::make_unique<char[]>(capacity);
    const Progress p = encoder.encode(rows.data() + at, static_cast<uint32_t>(rows.size()) - at,
                                      memory.data(), memory.size(), out.get(), capacity, true);
    require(p.words > 0 && p.words <= rows.size() - at && p.bytes <= capacity);
    check_lines({out.get(), p.bytes}, p.events);
    at += p.words;
  }
  return 0;
}
