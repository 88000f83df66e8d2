/* SPDX-License-Identifier: MIT */
/* Channels, and one of several sends and receives. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static frond_channel *c, *c2;

static void begin(size_t capacity) {
    c = frond_channel_new(sizeof(int), capacity, NULL);
    c2 = frond_channel_new(sizeof(int), capacity, NULL);
}

static void end(void) {
    frond_channel_free(c);
    frond_channel_free(c2);
}

static int send_on(frond_channel *to, int item, frond_deadline d) {
    return frond_channel_send(to, &item, d);
}

static int receive(frond_channel *from, frond_deadline d) {
    int item = -1;
    int rc = frond_channel_receive(from, &item, d);
    return rc < 0 ? rc : item;
}

static void say(const char *what, int n) {
    char word[40];
    snprintf(word, sizeof word, "%s%s%.0d", what, n < 0 ? frond_error_name(n) : "",
             n < 0 ? 0 : n);
    log_add(word);
}

static void *sends(void *n) {
    say("sent", send_on(c, (int)(intptr_t)n, FROND_NEVER) < 0 ? -1 : (int)(intptr_t)n);
    return NULL;
}

static void *receives(void *nothing) {
    say("got", receive(c, FROND_NEVER));
    return nothing;
}

static void rendezvous(void) {
    begin(0);
    CHECK_INT(send_on(c, 1, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(receive(c, FROND_NOW), FROND_ETIMEDOUT);
    go_now(sends, (void *)1);
    go_now(sends, (void *)2);
    CHECK_INT(frond_queue_length(c), 0);
    CHECK_TEXT(log_text(), "");
    CHECK_INT(receive(c, FROND_NOW), 1);
    CHECK_INT(receive(c, FROND_NOW), 2);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "sent1 sent2");
    log_clear();
    go_now(receives, NULL);
    go_now(receives, NULL);
    CHECK_INT(send_on(c, 3, FROND_NOW), 0);
    CHECK_INT(send_on(c, 4, FROND_NOW), 0);
    CHECK_INT(send_on(c, 5, FROND_NOW), FROND_ETIMEDOUT);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_sorted(), "got3 got4");
    end();
}

/* Who looks at a rendezvous sees what a waiting sender holds, and nothing that nobody sends. */
static void *peeks(void *nothing) {
    int item = -1;
    CHECK_INT(frond_queue_peek(c, &item, FROND_NEVER), 0);
    say("saw", item);
    return nothing;
}

static void looking_at_a_rendezvous(void) {
    begin(0);
    frond_waitable w = frond_queue_waitable(c);
    frond_go(peeks, NULL);
    frond_yield();
    CHECK_INT(send_on(c, 1, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_wait_any(&w, 1, NULL, FROND_NOW), FROND_ETIMEDOUT);
    frond_yield();
    CHECK_TEXT(log_text(), "");
    frond_go(sends, (void *)2);
    CHECK_INT(frond_wait_any(&w, 1, NULL, FROND_NEVER), 0);
    frond_yield(); /* the other one has been woken, too */
    CHECK_TEXT(log_text(), "saw2");
    CHECK_INT(receive(c, FROND_NOW), 2);
    frond_hub_join(FROND_NEVER);
    end();
}

static void buffered(void) {
    begin(2);
    CHECK_INT(send_on(c, 1, FROND_NOW), 0);
    CHECK_INT(send_on(c, 2, FROND_NOW), 0);
    CHECK_INT(send_on(c, 3, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_channel_close(c), 0);
    CHECK_INT(send_on(c, 3, FROND_NOW), FROND_ECLOSED);
    CHECK_INT(receive(c, FROND_NOW), 1);
    CHECK_INT(receive(c, FROND_NOW), 2);
    CHECK_INT(receive(c, FROND_NEVER), FROND_ECLOSED);
    end();
}

static void close_tells_all(void) {
    begin(0);
    for (int i = 0; i < 3; i++)
        frond_go(receives, NULL);
    frond_yield();
    frond_channel_close(c);
    frond_hub_join(FROND_NEVER);
    CHECK_TEXT(log_text(), "gotFROND_ECLOSED gotFROND_ECLOSED gotFROND_ECLOSED");
    end();
}

static void killed_sender(void) {
    begin(0);
    frond_greenlet *g = frond_spawn(sends, (void *)1);
    frond_yield();
    CHECK_INT(frond_kill(g, FROND_EXIT, FROND_NEVER), 0);
    frond_release(g);
    CHECK_INT(receive(c, FROND_NOW), FROND_ETIMEDOUT);
    frond_go(sends, (void *)2);
    CHECK_INT(receive(c, FROND_NEVER), 2);
    frond_hub_join(FROND_NEVER);
    end();
}

/* ---- select ---- */

static void select_takes_what_is_there(void) {
    begin(1);
    int a = 0, b = 0, out = 9;
    size_t which = 99;
    frond_select_case cases[] = {
        {.channel = c, .receive = &a}, {.channel = NULL}, {.channel = c2, .receive = &b}};
    CHECK_INT(frond_select(cases, 3, &which, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(which, 99);
    send_on(c2, 5, FROND_NOW);
    CHECK_INT(frond_select(cases, 3, &which, FROND_NEVER), 0);
    CHECK_INT(which, 2);
    CHECK_INT(b, 5);
    cases[1] = (frond_select_case){.channel = c2, .send = &out};
    cases[2].channel = NULL;
    CHECK_INT(frond_select(cases, 3, &which, FROND_NOW), 0);
    CHECK_INT(which, 1);
    CHECK_INT(receive(c2, FROND_NOW), 9);
    end();
}

static void *selects(void *which) {
    int a = -1, b = -1;
    frond_select_case cases[] = {{.channel = c, .receive = &a},
                                 {.channel = c2, .receive = &b}};
    int rc = frond_select(cases, 2, which, FROND_NEVER);
    say("a", rc < 0 ? rc : a < 0 ? 0 : a);
    say("b", rc < 0 ? rc : b < 0 ? 0 : b);
    return NULL;
}

/* Two channels are served at once: one item is taken, the other stays where it was. */
static void select_takes_one(void) {
    begin(0);
    size_t which = 9;
    frond_greenlet *g = frond_spawn(selects, &which);
    frond_yield();
    CHECK_INT(send_on(c2, 7, FROND_NOW), 0);
    CHECK_INT(send_on(c, 8, FROND_NOW), FROND_ETIMEDOUT);
    CHECK_INT(frond_join(g, FROND_NEVER), 0);
    CHECK_INT(which, 1);
    CHECK_TEXT(log_text(), "a b7");
    frond_release(g);
    end();
}

static void *sends_one_of(void *which) {
    int a = 1, b = 2;
    frond_select_case cases[] = {{.channel = c, .send = &a}, {.channel = c2, .send = &b}};
    CHECK_INT(frond_select(cases, 2, which, FROND_NEVER), 0);
    return NULL;
}

static void two_selects_meet(void) {
    begin(0);
    size_t sent = 9, got = 9;
    frond_go(sends_one_of, &sent);
    frond_go(selects, &got);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(sent, got);
    CHECK_TEXT(log_text(), sent == 0 ? "a1 b" : "a b2");
    end();
}

/* A greenlet does not meet itself. */
static void not_with_oneself(void) {
    begin(0);
    int out = 1, in = 2;
    frond_select_case cases[] = {{.channel = c, .send = &out},
                                 {.channel = c, .receive = &in}};
    CHECK_INT(frond_select(cases, 2, NULL, frond_in(2)), FROND_ETIMEDOUT);
    frond_select_case swapped[] = {cases[1], cases[0]};
    CHECK_INT(frond_select(swapped, 2, NULL, frond_in(2)), FROND_ETIMEDOUT);
    CHECK_INT(in, 2);
    end();
}

static void select_of_a_closed_one(void) {
    begin(0);
    size_t which = 9;
    frond_greenlet *g = frond_spawn(selects, &which);
    frond_yield();
    frond_channel_close(c2);
    frond_join(g, FROND_NEVER);
    frond_release(g);
    CHECK_INT(which, 1);
    CHECK_TEXT(log_text(), "aFROND_ECLOSED bFROND_ECLOSED");
    int a;
    frond_select_case cases[] = {{.channel = c2, .receive = &a}};
    which = 9;
    CHECK_INT(frond_select(cases, 1, &which, FROND_NEVER), FROND_ECLOSED);
    CHECK_INT(which, 0);
    end();
}

static void *frees(void *nothing) {
    frond_channel_free(c2);
    return nothing;
}

static void freed_under_a_select(void) {
    begin(0);
    size_t which = 9;
    go_now(selects, &which);
    frond_go(frees, NULL);
    frond_hub_join(FROND_NEVER);
    CHECK_INT(which, 1);
    frond_channel_free(c);
}

static void killed_and_timed_out(void) {
    begin(0);
    size_t which = 9;
    frond_greenlet *g = frond_spawn(selects, &which);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NEVER);
    CHECK_TEXT(log_text(), "aFROND_ECANCELED bFROND_ECANCELED");
    CHECK_INT(send_on(c, 1, FROND_NOW), FROND_ETIMEDOUT);
    frond_release(g);
    log_clear();
    /* killed first, served before it runs: what was served stands */
    g = frond_spawn(selects, &which);
    frond_yield();
    frond_kill(g, FROND_EXIT, FROND_NOW);
    int rc = send_on(c, 4, FROND_NOW);
    frond_join(g, FROND_NEVER);
    CHECK_TEXT(log_text(), rc == 0 ? "a4 b" : "aFROND_ECANCELED bFROND_ECANCELED");
    frond_release(g);
    int a;
    frond_select_case cases[] = {{.channel = c, .receive = &a}};
    CHECK_INT(frond_select(cases, 1, NULL, frond_in(2)), FROND_ETIMEDOUT);
    frond_go(sends, (void *)6);
    CHECK_INT(frond_select(cases, 1, NULL, FROND_NEVER), 0);
    CHECK_INT(a, 6);
    frond_hub_join(FROND_NEVER);
    end();
}

/* No case that can be done waits for ever behind another. */
static void none_is_preferred(void) {
    begin(0);
    frond_queue *endless[3];
    int counts[3] = {0}, item = 0;
    size_t which;
    frond_select_case cases[3];
    for (int i = 0; i < 3; i++) {
        endless[i] = frond_queue_new(sizeof(int), 0, NULL);
        for (int k = 0; k < 300; k++)
            frond_queue_put(endless[i], &k, FROND_NOW);
        cases[i] = (frond_select_case){.channel = endless[i], .receive = &item};
    }
    for (int i = 0; i < 300; i++) {
        CHECK_INT(frond_select(cases, 3, &which, FROND_NOW), 0);
        counts[which]++;
    }
    for (int i = 0; i < 3; i++) {
        CHECK_INT(counts[i], 100);
        frond_queue_free(endless[i]);
    }
    end();
}

static void deadlock_is_told(void) {
    begin(0);
    int a;
    frond_select_case cases[] = {{.channel = c, .receive = &a},
                                 {.channel = c2, .receive = &a}};
    capture_begin();
    CHECK_INT(frond_select(cases, 2, NULL, FROND_NEVER), FROND_EDEADLK);
    CHECK_HAS(capture_end(), "one of 2 cases");
    end();
}

static void misuse(void) {
    begin(0);
    int a = 0;
    frond_select_case both = {.channel = c, .send = &a, .receive = &a},
                      neither = {.channel = c}, none = {.channel = NULL};
    CHECK_INT(frond_select(NULL, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_select(&both, 0, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_select(&both, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_select(&neither, 1, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_select(&none, 1, NULL, FROND_NOW), FROND_ETIMEDOUT);
    CHECK(frond_channel_new(0, 0, NULL) == NULL);
    CHECK_INT(frond_channel_send(NULL, &a, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_channel_receive(c, NULL, FROND_NOW), FROND_EINVAL);
    CHECK_INT(frond_channel_close(NULL), FROND_EINVAL);
    frond_channel_free(NULL);
    end();
}

/* ---- nothing lost, nothing twice: seeds ---- */

enum { SENDERS = 6, RECEIVERS = 4, EACH = 50 };
static uint32_t seed;
static long long sum;
static int received;

static uint32_t draw(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 16) % n;
}

static void *random_sender(void *base) {
    for (int i = 0; i < EACH;) {
        int item = (int)(intptr_t)base * EACH + i;
        frond_select_case cases[] = {{.channel = c, .send = &item},
                                     {.channel = c2, .send = &item}};
        frond_deadline d = draw(4) ? FROND_NEVER : FROND_NOW;
        int rc = draw(2) ? frond_select(cases, 2, NULL, d) : send_on(c, item, d);
        if (rc == 0)
            i++;
        else
            frond_yield();
    }
    return NULL;
}

static void *random_receiver(void *nothing) {
    for (;;) {
        int a = 0;
        frond_select_case cases[] = {{.channel = c2, .receive = &a},
                                     {.channel = c, .receive = &a}};
        /* Not for ever at one alone: the last item may be in the other. */
        int rc = draw(2)
                     ? frond_select(cases, 2, NULL, FROND_NEVER)
                     : frond_channel_receive(c, &a, draw(3) ? frond_in(1) : FROND_NOW);
        if (rc == FROND_ECLOSED)
            return nothing;
        if (rc < 0) {
            frond_yield();
            continue;
        }
        sum += a;
        if (++received == SENDERS * EACH) {
            frond_channel_close(c);
            frond_channel_close(c2);
        }
    }
}

static void nothing_is_lost(void) {
    long long all = (long long)SENDERS * EACH * (SENDERS * EACH - 1) / 2;
    for (uint32_t s = 1; s <= 40; s++) {
        begin(s % 3);
        seed = s;
        sum = received = 0;
        for (int i = 0; i < SENDERS; i++)
            frond_go(random_sender, (void *)(intptr_t)i);
        for (int i = 0; i < RECEIVERS; i++)
            frond_go(random_receiver, NULL);
        CHECK_INT(frond_hub_join(frond_in(10000)), 0);
        CHECK_INT(received, SENDERS * EACH);
        CHECK_INT(sum, all);
        end();
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"rendezvous", rendezvous},
        {"looking at a rendezvous", looking_at_a_rendezvous},
        {"buffered", buffered},
        {"close tells all", close_tells_all},
        {"killed sender", killed_sender},
        {"select takes what is there", select_takes_what_is_there},
        {"select takes one", select_takes_one},
        {"two selects meet", two_selects_meet},
        {"not with oneself", not_with_oneself},
        {"select of a closed one", select_of_a_closed_one},
        {"freed under a select", freed_under_a_select},
        {"killed and timed out", killed_and_timed_out},
        {"none is preferred", none_is_preferred},
        {"deadlock is told", deadlock_is_told},
        {"misuse", misuse},
        {"nothing is lost", nothing_is_lost},
        {0}};
    test_clock_virtual();
    return test_main("channel", tests, argc, argv);
}
