/* SPDX-License-Identifier: MIT */
/* Every hook that a checking tool needs, in one place: AddressSanitizer and ThreadSanitizer are told
 * of each switch, the last one of a greenlet included; LeakSanitizer scans green stacks; Valgrind
 * knows where they are.  Without a tool all of this is nothing. */
#ifndef FROND_SANITIZER_H
#define FROND_SANITIZER_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define FROND_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FROND_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define FROND_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FROND_TSAN 1
#endif
#endif

#if defined(FROND_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif
#if defined(FROND_TSAN)
#include <sanitizer/tsan_interface.h>
#endif
#if defined(FROND_VALGRIND)
#include <valgrind/memcheck.h>
#endif

/* What a greenlet carries for the tools. */
typedef struct {
#if defined(FROND_ASAN)
    void *fake; /* the fake stack of a suspended flow */
    const void
        *bottom; /* of its real stack; NULL for a thread's own until it is first left */
    size_t size;
    int ending;
#elif defined(FROND_TSAN)
    void *fiber;
    int ending;
#else
    char nothing;
#endif
} frond__san;

#if defined(FROND_TSAN)
extern _Thread_local void
    *frond__san_dead_fiber; /* destroyed by the next flow that runs */
#endif

static inline void frond__san_leave(frond__san *from, frond__san *to) {
#if defined(FROND_ASAN)
    __sanitizer_start_switch_fiber(from->ending ? NULL : &from->fake, to->bottom,
                                   to->size);
#elif defined(FROND_TSAN)
    if (from->ending)
        frond__san_dead_fiber = from->fiber;
    __tsan_switch_to_fiber(to->fiber, 0);
#else
    (void)from;
    (void)to;
#endif
}

static inline void frond__san_enter(frond__san *self) {
#if defined(FROND_ASAN)
    __sanitizer_finish_switch_fiber(self->fake, NULL, NULL);
#elif defined(FROND_TSAN)
    (void)self;
    if (frond__san_dead_fiber) {
        __tsan_destroy_fiber(frond__san_dead_fiber);
        frond__san_dead_fiber = NULL;
    }
#else
    (void)self;
#endif
}

/* To the stack of a suspended flow for a visit, and back.  To ThreadSanitizer it all stays the
 * visitor's: a function that ended on another fiber than it began on would upset its call stacks. */
static inline void frond__san_visit(frond__san *from, frond__san *to) {
#if defined(FROND_ASAN)
    frond__san_leave(from, to);
#else
    (void)from;
    (void)to;
#endif
}

/* A greenlet gets a stack [low, high), perhaps one that others used before. */
static inline void frond__san_make(frond__san *s, char *low, char *high) {
#if defined(FROND_ASAN)
    s->fake = NULL;
    s->bottom = low;
    s->size = (size_t)(high - low);
    s->ending = 0;
    __asan_unpoison_memory_region(low, s->size);
#elif defined(FROND_TSAN)
    (void)low;
    (void)high;
    s->fiber = __tsan_create_fiber(0);
    s->ending = 0;
#elif defined(FROND_VALGRIND)
    (void)s; /* what its last user had left is out of bounds to Valgrind */
    (void)VALGRIND_MAKE_MEM_UNDEFINED(low, high - low);
#else
    (void)s;
    (void)low;
    (void)high;
#endif
}

/* The next switch away from s is its last. */
static inline void frond__san_end(frond__san *s) {
#if defined(FROND_ASAN) || defined(FROND_TSAN)
    s->ending = 1;
#else
    (void)s;
#endif
}

/* A greenlet that never ran, or is suspended for good, is freed. */
static inline void frond__san_drop(frond__san *s) {
#if defined(FROND_TSAN)
    if (!s->fiber || s->ending)
        return; /* an ended one's is needed for its last switch, and goes after that */
    __tsan_destroy_fiber(s->fiber);
    s->fiber = NULL;
#else
    (void)s;
#endif
}

/* Memory becomes stack, and ceases to be. */
static inline void frond__san_stack(char *low, char *high, int there) {
#if defined(FROND_ASAN)
    if (there)
        __lsan_register_root_region(low, (size_t)(high - low));
    else
        __lsan_unregister_root_region(low, (size_t)(high - low));
#elif defined(FROND_VALGRIND)
    if (there)
        (void)VALGRIND_STACK_REGISTER(low, high);
#else
    (void)low;
    (void)high;
    (void)there;
#endif
}

/* The running thread's own flow, before its first switch. */
static inline void frond__san_thread(frond__san *s, void *low, size_t size) {
#if defined(FROND_ASAN)
    s->bottom = low;
    s->size = size;
#elif defined(FROND_TSAN)
    (void)low;
    (void)size;
    s->fiber = __tsan_get_current_fiber();
#else
    (void)s;
    (void)low;
    (void)size;
#endif
}

#endif
