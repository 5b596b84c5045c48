#include "handoff/ring.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "handoff/writer.h"

using namespace pbfast;
using handoff::Kind;
using handoff::Pressure;
using handoff::Record;
using handoff::Ring;
using handoff::Writer;

namespace {

// A record whose payload holds its number and is filled up with a byte made of it.
bool add_numbered(Writer* writer, uint32_t number, uint32_t size, bool must = false) {
  uint8_t* payload;
  Record* record = writer->add(Kind::kData, size, number * base::kSecond + 1, must, &payload);
  if (!record) return false;
  record->flow = number;
  std::memset(payload, static_cast<int>(number & 0xff), size);
  return true;
}

const Record* records_at(const Ring& ring, uint32_t offset) {
  return reinterpret_cast<const Record*>(ring.memory() + offset);
}

// False as soon as a record is not the expected one.
bool is_numbered(const Ring& ring, const Record& record, uint32_t number, uint32_t size) {
  if (record.flow != number || record.length != size || record.seconds != number) return false;
  if (record.nanoseconds != 1 || record.direction != 0 || record.flags != 0) return false;
  if (record.offset % 8 != 0 || record.offset + uint64_t{size} > ring.memory_bytes()) return false;
  const uint8_t* payload = ring.memory() + record.offset;
  for (uint32_t i = 0; i < size; i++) {
    if (payload[i] != (number & 0xff)) return false;
  }
  return true;
}

// Takes a batch and counts its records on from `next`; false when none came.
bool take_numbered(Ring* ring, int wait_ms, uint32_t* next, uint32_t size) {
  uint32_t offset;
  const uint32_t count = ring->take(wait_ms, &offset);
  for (uint32_t i = 0; i < count; i++)
    CHECK(is_numbered(*ring, records_at(*ring, offset)[i], (*next)++, size));
  if (count) ring->release();
  return count != 0;
}

}  // namespace

TEST_CASE("a million records of all sizes arrive in order and whole") {
  constexpr uint32_t kRecords = 1'000'000;
  const auto size_of = [](uint32_t i) {
    return i % 9973 == 0 ? handoff::kMaxPayload : i * 2654435761u >> 26;
  };
  Ring ring(3);
  std::thread producer([&] {
    Writer writer(&ring, Pressure::kWait);
    for (uint32_t i = 0; i < kRecords; i++) {
      if (!add_numbered(&writer, i, size_of(i))) return;
      if (i % 1013 == 0) writer.flush();
    }
    writer.flush();
  });
  uint32_t next = 0, wrong = 0;
  while (next < kRecords && wrong == 0) {
    uint32_t offset = 0;
    const uint32_t count = ring.take(1000, &offset);
    for (uint32_t i = 0; i < count; i++, next++)
      wrong += !is_numbered(ring, records_at(ring, offset)[i], next, size_of(next));
    if (count) ring.release();
  }
  ring.close();
  producer.join();
  CHECK(wrong == 0);
  CHECK(next == kRecords);
  uint32_t offset;
  CHECK(ring.take(0, &offset) == 0);
}

TEST_CASE("nothing to take: at once without a wait, after it with one") {
  Ring ring(2);
  uint32_t offset;
  CHECK(ring.take(0, &offset) == 0);
  const auto before = std::chrono::steady_clock::now();
  CHECK(ring.take(20, &offset) == 0);
  CHECK(std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(19));
  CHECK_FALSE(ring.consumer_waits());
}

TEST_CASE("a batch ends when its records or its payload are full") {
  Ring ring(4);
  Writer writer(&ring, Pressure::kShed);
  for (uint32_t i = 0; i < handoff::kBatchRecords; i++) CHECK(add_numbered(&writer, i, 0));
  CHECK(writer.records() == handoff::kBatchRecords);
  CHECK(ring.free_batches() == 4);
  CHECK(add_numbered(&writer, handoff::kBatchRecords, 0));
  CHECK(writer.records() == 1);
  CHECK(ring.free_batches() == 3);
  writer.flush();
  writer.flush();  // nothing twice
  CHECK(ring.free_batches() == 2);
  uint32_t next = 0;
  CHECK(take_numbered(&ring, 0, &next, 0));
  CHECK(take_numbered(&ring, 0, &next, 0));
  CHECK_FALSE(take_numbered(&ring, 0, &next, 0));
  CHECK(next == handoff::kBatchRecords + 1);
  // Payload: four of the largest fill a batch to the last byte.
  for (uint32_t i = 0; i < 4; i++) CHECK(add_numbered(&writer, next + i, handoff::kMaxPayload));
  CHECK(ring.free_batches() == 4);
  CHECK(add_numbered(&writer, next + 4, 1));
  CHECK(ring.free_batches() == 3);
}

TEST_CASE("a full ring sheds, the last batches are for what must not be lost") {
  Ring ring(4);
  Writer writer(&ring, Pressure::kShed);
  constexpr uint32_t kSize = handoff::kMaxPayload;
  uint32_t number = 0;
  while (add_numbered(&writer, number, kSize)) number++;
  CHECK(number == (4 - Writer::kReserved) * 4);
  CHECK_FALSE(add_numbered(&writer, number, 0));
  while (add_numbered(&writer, number, kSize, true)) number++;
  CHECK(number == 16);
  CHECK(ring.free_batches() == 0);
  CHECK_FALSE(add_numbered(&writer, number, 0, true));
  uint32_t next = 0;
  CHECK(take_numbered(&ring, 0, &next, kSize));
  CHECK_FALSE(add_numbered(&writer, number, kSize));
  CHECK(add_numbered(&writer, number, kSize, true));
  number++;
  writer.flush();
  while (take_numbered(&ring, 0, &next, kSize)) {
  }
  CHECK(next == number);
  CHECK(add_numbered(&writer, number, kSize));
}

TEST_CASE("a full ring waits for the consumer") {
  Ring ring(2);
  std::thread consumer;
  Writer writer(&ring, Pressure::kWait);
  uint32_t number = 0, next = 0;
  for (; number < 8; number++) CHECK(add_numbered(&writer, number, handoff::kMaxPayload));
  CHECK(ring.free_batches() == 1);
  writer.flush();
  consumer = std::thread([&] {
    while (next < 9) take_numbered(&ring, 1000, &next, handoff::kMaxPayload);
  });
  CHECK(add_numbered(&writer, number, handoff::kMaxPayload));
  writer.flush();
  consumer.join();
  CHECK(next == 9);
}

TEST_CASE("a batch is not filled again before it is released") {
  Ring ring(2);
  Writer writer(&ring, Pressure::kShed);
  uint32_t first, second, third;
  for (uint32_t i = 0; i < 2; i++) {
    CHECK(add_numbered(&writer, i, 8, true));
    writer.flush();
  }
  REQUIRE(ring.take(0, &first) == 1);
  CHECK_FALSE(add_numbered(&writer, 2, 8, true));
  CHECK(is_numbered(ring, records_at(ring, first)[0], 0, 8));
  ring.release();
  CHECK(add_numbered(&writer, 2, 8, true));
  writer.flush();
  REQUIRE(ring.take(0, &second) == 1);
  CHECK(second != first);
  ring.release();
  REQUIRE(ring.take(0, &third) == 1);
  CHECK(third == first);
  CHECK(is_numbered(ring, records_at(ring, third)[0], 2, 8));
}

TEST_CASE("closing ends every wait") {
  Ring ring(1);
  std::thread consumer([&] {
    uint32_t offset;
    CHECK(ring.take(60'000, &offset) == 0);
  });
  while (!ring.consumer_waits()) std::this_thread::yield();
  ring.close();
  consumer.join();
  CHECK(ring.closed());

  Ring full(1);
  Writer writer(&full, Pressure::kWait);
  CHECK(add_numbered(&writer, 0, 0));
  writer.flush();
  std::thread producer([&] { CHECK_FALSE(add_numbered(&writer, 1, 0)); });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  full.close();
  producer.join();
}

TEST_CASE("commands arrive in order; those without room are refused") {
  constexpr uint32_t kRoom = 1u << 15;
  Ring ring(1);
  handoff::CommandWord word{};
  CHECK_FALSE(ring.pop_command(&word));
  std::vector<handoff::CommandWord> words(kRoom + 5);
  for (uint32_t i = 0; i < words.size(); i++) words[i] = {i % 3 + 1, i, ~i, 0, uint64_t{i} << 33};
  CHECK(ring.push_commands(words.data(), kRoom + 5) == kRoom);
  CHECK(ring.push_commands(words.data(), 1) == 0);
  REQUIRE(ring.pop_command(&word));
  CHECK(word.flow == 0);
  CHECK(ring.push_commands(&words[kRoom], 5) == 1);
  for (uint32_t i = 1; i <= kRoom; i++) {
    REQUIRE(ring.pop_command(&word));
    REQUIRE(word.flow == i);
    REQUIRE(word.generation == ~i);
    REQUIRE(word.value == uint64_t{i} << 33);
    REQUIRE(word.command_and_direction == i % 3 + 1);
  }
  CHECK_FALSE(ring.pop_command(&word));
}

TEST_CASE("commands cross from one thread to the other") {
  constexpr uint32_t kCount = 200'000;
  Ring ring(1);
  std::thread pusher([&] {
    for (uint32_t i = 0; i < kCount;) {
      const handoff::CommandWord words[3] = {
          {1, i, 0, 0, i}, {1, i + 1, 0, 0, i + 1}, {1, i + 2, 0, 0, i + 2}};
      i += ring.push_commands(words, 3);
    }
  });
  uint32_t wrong = 0;
  for (uint32_t i = 0; i < kCount;) {
    handoff::CommandWord word;
    if (!ring.pop_command(&word)) {
      std::this_thread::yield();
      continue;
    }
    wrong += word.flow != i || word.value != i;
    i++;
  }
  pusher.join();
  CHECK(wrong == 0);
}
