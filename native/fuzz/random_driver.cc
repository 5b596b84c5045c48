// Stands in for libFuzzer where the number of runs counts: inputs from a seed, at full speed.
//   x_random RUNS [SEED [FOLDER]]
// Input i is made from SEED + i alone, so `x_random 1 N` repeats the one that failed. With a FOLDER
// (a corpus) two of three inputs are mutations of its files.
#include <dirent.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Input = std::vector<uint8_t>;
constexpr size_t kMaxInput = 4096;

uint64_t running = 0;  // seed of the input at hand

// splitmix64
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>((next() >> 32) * bound >> 32); }

 private:
  uint64_t state_;
};

// Mostly short; some with small bytes only, some that repeat what they had.
void invent(Random* random, Input* input) {
  static constexpr uint32_t kLongest[] = {16, 32, 32, 64, 64, 64, 128, 256};
  const uint32_t size = 4 + random->below(kLongest[random->below(8)]);
  const uint32_t kind = random->below(4);
  const uint64_t mask = kind == 1 ? 0x0f1f'ff1f'0f1f'ff1f : ~uint64_t{0};
  input->resize((size + 7) / 8 * 8);
  for (uint32_t i = 0; i < size; i += 8) {
    const uint64_t word = kind == 2 && i >= 16 && random->below(2) ? 0 : random->next() & mask;
    if (word == 0 && i >= 16)
      std::memcpy(&(*input)[i], &(*input)[4 + random->below(i / 4 - 2) * 4], 8);
    else
      std::memcpy(&(*input)[i], &word, 8);
  }
  input->resize(size);
}

void mutate(Random* random, Input* input) {
  static constexpr uint8_t kEdges[] = {0, 1, 0x7f, 0x80, 0xff, 0x40, 4, 16};
  const uint32_t times = 1 + random->below(4);
  for (uint32_t i = 0; i < times && !input->empty(); i++) {
    const uint32_t size = static_cast<uint32_t>(input->size());
    uint8_t& byte = (*input)[random->below(std::min(size, random->below(2) ? 64u : size))];
    switch (random->below(6)) {
      case 0:
        byte = static_cast<uint8_t>(random->next());
        break;
      case 1:
        byte ^= static_cast<uint8_t>(1u << random->below(8));
        break;
      case 2:
        byte = kEdges[random->below(8)];
        break;
      case 3:
        input->resize(1 + random->below(size));
        break;
      case 4:
        input->insert(input->begin() + random->below(size), static_cast<uint8_t>(random->next()));
        break;
      default: {
        const uint32_t from = random->below(size), to = random->below(size);
        const uint32_t count = std::min(random->below(32), size - std::max(from, to));
        std::memmove(input->data() + to, input->data() + from, count);
      }
    }
  }
}

std::vector<Input> read_folder(const char* path) {
  std::vector<Input> inputs;
  DIR* folder = opendir(path);
  while (const dirent* entry = folder ? readdir(folder) : nullptr) {
    std::FILE* file = std::fopen((std::string(path) + "/" + entry->d_name).c_str(), "rb");
    if (!file) continue;
    Input input(kMaxInput);
    input.resize(std::fread(input.data(), 1, kMaxInput, file));
    std::fclose(file);
    if (!input.empty()) inputs.push_back(std::move(input));
  }
  if (folder) closedir(folder);
  return inputs;
}

void on_failure(int signal) {
  char text[80];
  const int size = std::snprintf(text, sizeof text, "difference: input of seed %llu\n",
                                 static_cast<unsigned long long>(running));
  if (write(STDERR_FILENO, text, static_cast<size_t>(size)) < 0) _exit(2);
  ::signal(signal, SIG_DFL);
  raise(signal);
}

double seconds() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t runs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  const uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const std::vector<Input> corpus = argc > 3 ? read_folder(argv[3]) : std::vector<Input>();
  if (runs == 0) {
    std::fprintf(stderr, "usage: %s RUNS [SEED [FOLDER]]\n", argv[0]);
    return 2;
  }
  for (const int bad : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS, SIGILL}) signal(bad, on_failure);
  const double begin = seconds();
  Input input;
  for (running = first; running < first + runs; running++) {
    Random random(running);
    if (corpus.empty() || random.below(3) == 0) {
      invent(&random, &input);
    } else {
      input = corpus[random.below(static_cast<uint32_t>(corpus.size()))];
      mutate(&random, &input);
    }
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  const double took = seconds() - begin;
  const char* slash = std::strrchr(argv[0], '/');
  std::printf("%s: %llu runs, 0 differences, seeds from %llu, %.0f s, %.0f a second\n",
              slash ? slash + 1 : argv[0], static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(first), took, static_cast<double>(runs) / took);
  return 0;
}
