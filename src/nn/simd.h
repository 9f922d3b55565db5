// One binary for every processor: a function marked SIMD_CLONES is compiled for AVX-512, AVX2 with
// FMA and plain x86-64, and the loader picks; on other processors the mark is empty. Write such a
// function as plain loops or with GCC's vector extensions.
#ifndef SKYCLASS_NN_SIMD_H
#define SKYCLASS_NN_SIMD_H

#include <limits.h> // __GLIBC__

// GCC 11 knows no clones by level; musl and macOS have no loader that picks.
#if defined(__x86_64__) && defined(__GLIBC__) && __GNUC__ >= 12 && !defined(__clang__) &&          \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SIMD_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
// The sanitizers' run time is not up yet when the loader picks a clone.
#define SIMD_CLONES
#endif

#endif
