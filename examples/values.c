/* SPDX-License-Identifier: MIT */
/* Values that switches pass: the first one becomes the function's argument, a later one the result of
 * the switch that it ends; what a function returns goes to its parent. */
#include <frond/greenlet.h>
#include <stdio.h>

static frond_greenlet *gr1, *gr2;

static void *test1(void *text) {
    void *z;
    if (frond_switch(gr2, text, &z) < 0)
        return NULL;
    printf("%d\n", *(int *)z);
    return "done";
}

static void *test2(void *text) {
    static int answer = 42;
    printf("%s\n", (char *)text);
    frond_switch(gr1, &answer, NULL);
    return NULL;
}

int main(void) {
    void *result;
    gr1 = frond_greenlet_new(test1, NULL);
    gr2 = frond_greenlet_new(test2, NULL);
    if (!gr1 || !gr2 || frond_switch(gr1, "hello world", &result) < 0)
        return 1;
    printf("%s\n", (char *)result);
    frond_release(gr1);
    frond_release(gr2);
}
