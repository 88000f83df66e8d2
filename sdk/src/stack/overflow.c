/* SPDX-License-Identifier: MIT */
/* What is said of a stack overflow, on little stack and with nothing but a write. */
#include "stack/overflow.h"

#include "os/os.h"
#include "stack/stack.h"

typedef struct {
    char text[600];
    size_t n;
} line;

static void add(line *l, const char *text) {
    while (*text && l->n < sizeof l->text)
        l->text[l->n++] = *text++;
}

static void add_number(line *l, uint64_t value) {
    char digits[24];
    size_t i = sizeof digits - 1;
    digits[i] = '\0';
    do {
        digits[--i] = (char)('0' + value % 10);
    } while (value /= 10);
    add(l, digits + i);
}

void frond__overflow_tell(const frond_greenlet *g) {
    char *low, *high;
    line l = {.n = 0};
    frond__stack_bounds(g, &low, &high);
    add(&l, "frond: stack overflow in greenlet ");
    add_number(&l, g->id);
    if (g->name) {
        add(&l, " \"");
        add(&l, g->name);
        add(&l, "\"");
    }
    add(&l, ": its stack of ");
    add_number(&l, ((uint64_t)(high - low) + 4095) / 1024);
    add(&l, " KiB is used up; spawn it with a larger frond_spawn_options.stack_size\n");
    frond__os_write(2, l.text, l.n);
}
