#include "base/hash.h"

#include <sys/random.h>

namespace pbfast::base {

HashSeed make_hash_seed() {
  HashSeed seed;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
    seed = {0x9e3779b97f4a7c15ull, 0xbf58476d1ce4e5b9ull};
  return seed;
}

}  // namespace pbfast::base
