#include "base/random.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

Random random_start(uint64_t seed, uint64_t stream)
{
    Random random;
    uint64_t mixed = seed;
    mixed = splitmix(&mixed) ^ (stream * 0xd1342543de82ef95u);
    for (int i = 0; i < 4; i++)
        random.state[i] = splitmix(&mixed);
    return random;
}

uint64_t random_bits(Random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double random_uniform(Random *random)
{
    return (double)(random_bits(random) >> 11) * 0x1p-53;
}

size_t random_index(Random *random, size_t n)
{
    // Values past the last whole multiple of n would favour the small indices.
    uint64_t limit = UINT64_MAX - UINT64_MAX % n;
    uint64_t bits;
    do
        bits = random_bits(random);
    while (bits >= limit);
    return (size_t)(bits % n);
}

double random_normal(Random *random)
{
    // Box-Muller; the second value is not kept, so that the state is all there is.
    double u = 1.0 - random_uniform(random);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * random_uniform(random));
}

double random_poisson(Random *random, double mean)
{
    // Multiplication of uniforms below 30, where exp(-mean) is far from underflow; above, the
    // normal approximation, whose skewness (< 0.19) is beneath what pixels show.
    if (mean < 30.0) {
        double limit = exp(-mean);
        double product = random_uniform(random);
        double n = 0.0;
        while (product > limit) {
            n += 1.0;
            product *= random_uniform(random);
        }
        return n;
    }
    double n = floor(mean + sqrt(mean) * random_normal(random) + 0.5);
    return n > 0.0 ? n : 0.0;
}

void random_shuffle(Random *random, size_t *order, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = random_index(random, i);
        size_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}
