/*
 * A function compiled twice, for AVX2 and for any processor; which one runs is chosen as the
 * program is loaded. Contraction stays off (-ffp-contract=off), so that both give the same bits.
 */
#ifndef OST_BASE_WIDE_H
#define OST_BASE_WIDE_H

/* What chooses runs before ThreadSanitizer does, which it does not survive. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define OST_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define OST_WIDE
#endif

#endif
