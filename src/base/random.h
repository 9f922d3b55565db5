// Random numbers that are the same on every machine: xoshiro256** seeded through splitmix64
// (Blackman & Vigna 2021, ACM Trans. Math. Softw. 47, 36). The state is plain data, so a
// checkpoint can store it and a stream can be split by (seed, stream).
#ifndef SKYCLASS_BASE_RANDOM_H
#define SKYCLASS_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct Random {
    uint64_t state[4];
} Random;

// Independent streams for different `stream` of one `seed`.
Random random_start(uint64_t seed, uint64_t stream);

uint64_t random_bits(Random *random);
// Uniform in [0, 1).
double random_uniform(Random *random);
// Uniform in 0 .. n-1; n > 0.
size_t random_index(Random *random, size_t n);
// Normal, mean 0, standard deviation 1.
double random_normal(Random *random);
// Poisson with the given mean >= 0.
double random_poisson(Random *random, double mean);
// order[0 .. n-1] shuffled in place (Fisher-Yates).
void random_shuffle(Random *random, size_t *order, size_t n);

#endif
