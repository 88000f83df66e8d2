/* SPDX-License-Identifier: MIT */
/* What differs between compilers, and nothing else. */
#ifndef FROND_COMPAT_H
#define FROND_COMPAT_H

#include <stddef.h>

#if defined(__GNUC__)
#define FROND_LIKELY(x) __builtin_expect(!!(x), 1)
#define FROND_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define FROND_NOINLINE __attribute__((noinline))
#define FROND_PREFETCH(p) __builtin_prefetch(p)
#define FROND_LOWEST_BIT(x) ((unsigned)__builtin_ctzll(x)) /* of one that is not 0 */
#else
#include <intrin.h>
#define FROND_LIKELY(x) (x)
#define FROND_UNLIKELY(x) (x)
#define FROND_NOINLINE __declspec(noinline)
#define FROND_PREFETCH(p) ((void)(p))
static __forceinline unsigned FROND_LOWEST_BIT(unsigned long long x) {
    unsigned long low;
    if (_BitScanForward(&low, (unsigned long)x))
        return low;
    _BitScanForward(&low, (unsigned long)(x >> 32));
    return low + 32;
}
#endif

#if defined(__GNUC__) && !defined(_WIN32)
#define FROND_INTERNAL __attribute__((visibility("hidden")))
#else /* nothing is exported that does not say so */
#define FROND_INTERNAL
#endif

/* Of a function that is FROND_NOINLINE: inlined, perhaps at link time into its caller, it would tell of its
 * caller's.  As unwinders tell it: on 32-bit ARM without the bit that says Thumb. */
#if defined(__arm__)
#define FROND_RETURN_ADDRESS()                                                           \
    ((void *)((size_t)__builtin_return_address(0) & ~(size_t)1))
#elif defined(__GNUC__)
#define FROND_RETURN_ADDRESS() __builtin_return_address(0)
#else
#define FROND_RETURN_ADDRESS() _ReturnAddress()
#endif

/* One word, read on every call: the initial-exec model keeps it a single load in a shared library
 * too, and a word fits the static TLS that every loader keeps in reserve. */
#if defined(__GNUC__) && defined(__ELF__)
#define FROND_THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))
#elif defined(_MSC_VER)
#define FROND_THREAD_LOCAL __declspec(thread)
#else
#define FROND_THREAD_LOCAL _Thread_local
#endif

/* libuv has no name for it, and Windows no such error. */
#include <errno.h>
#if defined(EDQUOT)
#define FROND__UV_EDQUOT (-EDQUOT)
#else
#define FROND__UV_EDQUOT 1
#endif

/* What the compiler made code for, which an emulator or a 64-bit kernel would hide. */
#if defined(__x86_64__) || defined(_M_X64)
#define FROND_CPU "x86-64"
#elif defined(__i386__) || defined(_M_IX86)
#define FROND_CPU "x86"
#elif defined(__aarch64__) || defined(_M_ARM64)
#define FROND_CPU "arm64"
#elif defined(__arm__)
#define FROND_CPU "arm"
#elif defined(__riscv) && __riscv_xlen == 64
#define FROND_CPU "riscv64"
#else
#define FROND_CPU "other"
#endif

#define FROND_CONTAINER_OF(pointer, type, member)                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
