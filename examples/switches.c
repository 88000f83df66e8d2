/* SPDX-License-Identifier: MIT */
/* Two raw greenlets that switch to each other.  The first one ends; the second is never switched to
 * again, and its last line is never printed. */
#include <frond/greenlet.h>
#include <stdio.h>

static frond_greenlet *gr1, *gr2;

static void *test1(void *value) {
    printf("12\n");
    frond_switch(gr2, NULL, NULL);
    printf("34\n");
    return value;
}

static void *test2(void *value) {
    printf("56\n");
    if (frond_switch(gr1, NULL, NULL) < 0)
        return NULL; /* it was released: its switch answers FROND_EXIT */
    printf("78\n");
    return value;
}

int main(void) {
    gr1 = frond_greenlet_new(test1, NULL);
    gr2 = frond_greenlet_new(test2, NULL);
    if (!gr1 || !gr2)
        return 1;
    frond_switch(gr1, NULL, NULL);
    frond_release(gr1);
    frond_release(gr2);
}
