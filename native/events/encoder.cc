#include "events/encoder.h"

#include <cstring>
#include <utility>

#include "events/envelope.h"
#include "events/glue.h"
#include "events/value_writer.h"

namespace pbfast::events {

namespace {

constexpr uint32_t kHeaderWords = sizeof(RowHeader) / 4;
constexpr uint32_t kMaxCards = 1u << 24;
constexpr uint32_t kMaxAddressText = 256;  // longer items of related.ip are left out

enum class Outcome : uint8_t { kWritten, kFull, kMalformed };

// A list or object without content is left out, like any empty value, unless its entry says
// otherwise.
bool is_empty(const uint32_t* entry, const uint32_t* next) {
  const EntryKind kind = kind_of(entry);
  return entry[1] == 0 && (kind == EntryKind::kList || kind == EntryKind::kObject) &&
         next - entry == 8 && kind_of(entry + 4) == EntryKind::kClose;
}

// Id 0, which every table has, needs no path.
EncoderOptions complete(EncoderOptions options) {
  if (options.fields.paths.empty()) options.fields.paths.emplace_back();
  return options;
}

}  // namespace

struct Encoder::Impl {
  explicit Impl(EncoderOptions o)
      : glue(o.fields.paths),
        envelope(o.fields.paths, o.precision),
        values(&constants, o.precision),
        directions(std::move(o.own_addresses), std::move(o.internal_networks)),
        fields(static_cast<uint32_t>(o.fields.paths.size())),
        prefix(std::move(o.line_prefix)) {}

  Outcome encode_row(const uint32_t* words, const uint8_t* memory, uint64_t memory_size,
                     JsonWriter* out);
  bool gather(const RowHeader& header, const RowView& row);
  bool gather_row(const RowView& row);
  bool add_health(const RowHeader& header, const handoff::FlowReport& report, const RowView& row);
  bool write_fields(const RowView& row, JsonWriter* out);
  bool write_related(const RowView& row, const Value& listed, JsonWriter* out);
  Card* card_of(const RowHeader& header, const RowView& row);

  Glue glue;
  Constants constants;
  EnvelopeWriter envelope;
  ValueWriter values;
  Directions directions;
  FieldSet fields;
  std::string prefix;
  std::vector<std::vector<std::pair<uint32_t, std::string>>> statics;
  std::vector<Card> cards;
  Card flow_card;
  Card* card = nullptr;
  uint64_t too_large = 0, malformed = 0;
};

Encoder::Encoder(EncoderOptions options)
    : impl_(std::make_unique<Impl>(complete(std::move(options)))) {}
Encoder::~Encoder() = default;

void Encoder::add_constant(std::string_view text) { impl_->constants.add(text); }

void Encoder::set_statics(uint32_t number,
                          const std::vector<std::pair<uint32_t, std::string>>& literals) {
  if (impl_->statics.size() <= number) impl_->statics.resize(number + 1);
  impl_->statics[number] = literals;
}

void Encoder::open_card(uint32_t number, const handoff::FlowInfo& info) {
  if (number >= kMaxCards) return;
  if (impl_->cards.size() <= number) impl_->cards.resize(number + 1 + impl_->cards.size() / 2);
  fill_card(info, impl_->directions, &impl_->cards[number]);
}

uint64_t Encoder::dropped_too_large() const { return impl_->too_large; }
uint64_t Encoder::truncated_fields() const { return impl_->values.cut_fields(); }
uint64_t Encoder::malformed_rows() const { return impl_->malformed; }

Progress Encoder::encode(const uint32_t* rows, uint32_t words, const uint8_t* memory,
                         uint64_t memory_size, char* out, uint32_t capacity, bool fresh) {
  Progress progress{0, 0, 0};
  while (words - progress.words >= kHeaderWords) {
    const uint32_t* row = rows + progress.words;
    if (row[0] < kHeaderWords || row[0] > words - progress.words) break;
    JsonWriter writer(out + progress.bytes, capacity - progress.bytes);
    const Outcome outcome = impl_->encode_row(row, memory, memory_size, &writer);
    impl_->values.settle(outcome == Outcome::kWritten);
    if (outcome == Outcome::kFull && (progress.bytes > 0 || !fresh)) return progress;
    progress.words += row[0];
    if (outcome == Outcome::kWritten) {
      progress.bytes = static_cast<uint32_t>(writer.position() - out);
      progress.events++;
    } else if (outcome == Outcome::kFull) {
      impl_->too_large++;
    } else {
      impl_->malformed++;
    }
  }
  // A header that lies hides where the next row begins.
  if (progress.words < words) {
    impl_->malformed++;
    progress.words = words;
  }
  return progress;
}

Outcome Encoder::Impl::encode_row(const uint32_t* words, const uint8_t* memory,
                                  uint64_t memory_size, JsonWriter* out) {
  RowHeader header;
  std::memcpy(&header, words, sizeof header);
  const uint64_t needed = kHeaderWords + static_cast<uint64_t>(header.entries) * 4 +
                          (static_cast<uint64_t>(header.heap) + 3) / 4;
  if (needed > header.words) return Outcome::kMalformed;
  const uint32_t* entries = words + kHeaderWords;
  const uint32_t* end = entries + header.entries * 4;
  const RowView row{entries,     end,    reinterpret_cast<const uint8_t*>(end),
                    header.heap, memory, memory_size};
  out->raw(prefix);
  const bool fine = gather(header, row) && write_fields(row, out);
  fields.clear();
  if (!fine) return Outcome::kMalformed;
  out->byte('\n');
  return out->overflowed() ? Outcome::kFull : Outcome::kWritten;
}

// PERF: the walk's own writer does not leave this function, so its position stays in a register:
// an event of 43 fields takes 258 ns in place of 312.
bool Encoder::Impl::write_fields(const RowView& row, JsonWriter* out) {
  JsonWriter walk = *out;
  uint32_t last = 0;
  bool fine = true;
  fields.each([&](uint32_t id, const Value& value) {
    walk.padded(glue.between(last, id));
    last = id;
    const bool related = id == envelope.ids().related_ip;
    if (!related && !value.entry) {
      walk.raw(value.json);
    } else {
      out->follow(walk);
      fine = related ? write_related(row, value, out) : values.write(row, value.entry, out);
      walk.follow(*out);
    }
    return fine && !walk.overflowed();
  });
  walk.padded(glue.between(last, 0));
  out->follow(walk);
  return fine;
}

// All fields of the event: the row's, the envelope's, the static ones. As in Packetbeat, what the
// configuration adds replaces what is there.
bool Encoder::Impl::gather(const RowHeader& header, const RowView& row) {
  card = card_of(header, row);
  if (!card) return false;
  if (!gather_row(row)) return false;
  const std::string_view dataset = constants.at(header.dataset);
  if (header.envelope == static_cast<uint32_t>(Envelope::kFlow)) {
    handoff::FlowReport report;
    std::memcpy(&report, row.memory + header.report, sizeof report);
    envelope.add_flow(report, dataset, card, &fields);
    if (report.has_health && !add_health(header, report, row)) return false;
  } else {
    envelope.add_transaction(header, dataset, constants.at(header.status), card, &fields);
    const uint32_t related = envelope.ids().related_ip;
    if (!fields.has(related)) fields.set(related, card->ends[0].ip_text());
  }
  if (header.statics < statics.size()) {
    for (const auto& [id, json] : statics[header.statics]) {
      if (id < glue.fields()) fields.set(id, json);
    }
  }
  return true;
}

// The health behind a report; false when it does not lie in the memory.
bool Encoder::Impl::add_health(const RowHeader& header, const handoff::FlowReport& report,
                               const RowView& row) {
  const uint64_t at = static_cast<uint64_t>(header.report) + sizeof report;
  handoff::HealthReport health;
  if (at + sizeof health > row.memory_size) return false;
  std::memcpy(&health, row.memory + at, sizeof health);
  envelope.add_health(report, health, &fields);
  return true;
}

bool Encoder::Impl::gather_row(const RowView& row) {
  for (const uint32_t* entry = row.entries; entry < row.end;) {
    const uint32_t* next = skip_value(entry, row.end);
    const uint32_t id = entry[0] & 0xffff;
    if (id >= glue.fields()) return false;
    if (!is_empty(entry, next)) fields.set(id, entry);
    entry = next;
  }
  return true;
}

Card* Encoder::Impl::card_of(const RowHeader& header, const RowView& row) {
  if (header.envelope == static_cast<uint32_t>(Envelope::kTransaction)) {
    return header.card < cards.size() ? &cards[header.card] : nullptr;
  }
  if (header.envelope != static_cast<uint32_t>(Envelope::kFlow) ||
      static_cast<uint64_t>(header.report) + sizeof(handoff::FlowReport) > row.memory_size)
    return nullptr;
  handoff::FlowInfo info;
  std::memcpy(&info, row.memory + header.report, sizeof info);
  if (info.vlan_count > 2) return nullptr;
  fill_card(info, directions, &flow_card);
  return &flow_card;
}

// Both ends, then what the row lists and is neither.
bool Encoder::Impl::write_related(const RowView& row, const Value& listed, JsonWriter* out) {
  const std::string_view source = card->ends[0].ip_text(), destination = card->ends[1].ip_text();
  bool first = true;
  const auto add = [&](std::string_view text) {
    if (!first) out->byte(',');
    first = false;
    out->raw(text);
  };
  out->byte('[');
  if (!source.empty()) add(source);
  if (destination != source) add(destination);
  bool fine = true;
  if (listed.entry) {
    const uint32_t* entry = listed.entry;
    const bool is_list = kind_of(entry) == EntryKind::kList;
    const uint32_t* end = skip_value(entry, row.end);
    if (is_list) {
      entry += 4;
      end -= 4;
      fine = kind_of(end) == EntryKind::kClose;
    }
    for (; fine && entry < end; entry = skip_value(entry, end)) {
      char item[kMaxAddressText];
      JsonWriter one(item, sizeof item);
      fine = values.write(row, entry, &one);
      const std::string_view text(item, static_cast<size_t>(one.position() - item));
      if (!fine || one.overflowed() || text == source || text == destination) continue;
      add(text);
    }
  }
  out->byte(']');
  return fine;
}

}  // namespace pbfast::events
