/* SPDX-License-Identifier: MIT */
/* The switch of Boost's context library, which has no header for C. */
#include "boost_context.h"

#include "bench.h"

#include <stddef.h>

typedef struct {
    void *context, *data;
} transfer;

transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *top, size_t size, void (*run)(transfer));

static _Alignas(16) char stack[65536];

static void echo(transfer t) {
    for (;;)
        t = jump_fcontext(t.context, NULL);
}

double boost_context_time(long n) {
    transfer t = {make_fcontext(stack + sizeof stack, sizeof stack, echo), NULL};
    uint64_t start = bench_now();
    for (long i = 0; i < n / 2; i++)
        t = jump_fcontext(t.context, NULL);
    return (double)(bench_now() - start) / (double)n;
}
