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

enum class Outcome : uint8_t { kWritten, kFull, kMalformed };

// A list or object without content is left out, like any empty value.
bool is_empty(const uint32_t* entry, const uint32_t* next) {
  const auto kind = static_cast<EntryKind>(entry[0] >> 16);
  return (kind == EntryKind::kList || kind == EntryKind::kObject) && next - entry == 8;
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

Encoder::Encoder(EncoderOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
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
  bool fine = gather(header, row);
  if (fine) out->raw(prefix);
  uint32_t last = 0;
  fields.drain([&](uint32_t id, const Value& value) {
    if (!fine || out->overflowed()) return;
    out->raw(glue.between(last, id));
    last = id;
    if (id == envelope.ids().related_ip)
      fine = write_related(row, value, out);
    else if (value.entry)
      fine = values.write(row, value.entry, out);
    else
      out->raw(value.json);
  });
  if (!fine) return Outcome::kMalformed;
  out->raw(glue.between(last, 0));
  out->byte('\n');
  return out->overflowed() ? Outcome::kFull : Outcome::kWritten;
}

// All fields of the event: the row's, the static ones, the envelope's.
bool Encoder::Impl::gather(const RowHeader& header, const RowView& row) {
  card = card_of(header, row);
  if (!card) return false;
  for (const uint32_t* entry = row.entries; entry < row.end;) {
    const uint32_t* next = skip_value(entry, row.end);
    if (!is_empty(entry, next)) fields.set(entry[0] & 0xffff, entry);
    entry = next;
  }
  if (header.statics < statics.size()) {
    for (const auto& [id, json] : statics[header.statics]) {
      if (id < glue.fields()) fields.set(id, json);
    }
  }
  const std::string_view dataset = constants.at(header.dataset);
  if (header.envelope == static_cast<uint32_t>(Envelope::kFlow)) {
    handoff::FlowReport report;
    std::memcpy(&report, row.memory + header.report, sizeof report);
    envelope.add_flow(report, dataset, card, &fields);
  } else {
    envelope.add_transaction(header, dataset, constants.at(header.status), card, &fields);
    const uint32_t related = envelope.ids().related_ip;
    if (!fields.has(related)) fields.set(related, card->ends[0].ip_text());
  }
  return true;
}

Card* Encoder::Impl::card_of(const RowHeader& header, const RowView& row) {
  if (header.envelope == static_cast<uint32_t>(Envelope::kTransaction)) {
    return header.card < cards.size() ? &cards[header.card] : nullptr;
  }
  if (static_cast<uint64_t>(header.report) + sizeof(handoff::FlowReport) > row.memory_size)
    return nullptr;
  handoff::FlowInfo info;
  std::memcpy(&info, row.memory + header.report, sizeof info);
  fill_card(info, directions, &flow_card);
  return &flow_card;
}

// Both ends, then what the row lists and is neither.
bool Encoder::Impl::write_related(const RowView& row, const Value& listed, JsonWriter* out) {
  const std::string_view source = card->ends[0].ip_text(), destination = card->ends[1].ip_text();
  out->byte('[');
  out->raw(source);
  if (destination != source) {
    out->byte(',');
    out->raw(destination);
  }
  bool fine = true;
  if (listed.entry) {
    const uint32_t* entry = listed.entry;
    const bool is_list = static_cast<EntryKind>(entry[0] >> 16) == EntryKind::kList;
    const uint32_t* end = skip_value(entry, row.end);
    if (is_list) entry += 4, end -= 4;
    for (; fine && entry < end; entry += 4) {
      char item[kMaxFieldBytes / 256];
      JsonWriter one(item, sizeof item);
      fine = values.write(row, entry, &one);
      const std::string_view text(item, static_cast<size_t>(one.position() - item));
      if (!fine || one.overflowed() || text == source || text == destination) continue;
      out->byte(',');
      out->raw(text);
    }
  }
  out->byte(']');
  return fine;
}

}  // namespace pbfast::events
