/* SPDX-License-Identifier: MIT */
/* chat [ADDRESS]: a room at "127.0.0.1:7002" or where it is told, until Ctrl-C.  The first line that somebody
 * sends is the name; what follows goes to all others.  Who does not keep up misses lines, and keeps nobody
 * waiting. */
#include <frond/frond.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 200, KEPT = 100 /* lines, for who is slow */ };

typedef struct member {
    struct member *next;
    frond_stream *stream;
    frond_queue *lines;
    char name[32];
} member;

typedef struct {
    char text[LONGEST];
} line;

static member *room;

static void tell_others(const member *from, const char *text) {
    line l;
    snprintf(l.text, sizeof l.text, "%s %s\n", from->name, text);
    for (member *m = room; m; m = m->next)
        if (m != from)
            frond_queue_put(m->lines, &l, FROND_NOW);
}

/* Each has a writer, so that whoever speaks need not wait for those who listen. */
static void *write_lines(void *arg) {
    member *m = arg;
    line l;
    while (frond_queue_get(m->lines, &l, FROND_NEVER) == 0)
        if (frond_write(m->stream, l.text, strlen(l.text), NULL, frond_in(10000)) < 0)
            break;
    return NULL;
}

static void talk(member *me, frond_reader *reader) {
    char *text;
    if (frond_reader_line(reader, &text, frond_in(60000)) < 0)
        return;
    snprintf(me->name, sizeof me->name, "%s:", text);
    me->next = room;
    room = me;
    tell_others(me, "is here");
    frond_write(me->stream, "welcome\n", 8, NULL, frond_in(10000));
    while (frond_reader_line(reader, &text, FROND_NEVER) >= 0)
        tell_others(me, text);
    tell_others(me, "has left");
    member **at = &room;
    while (*at != me)
        at = &(*at)->next;
    *at = me->next;
}

static void *serve(frond_stream *s, void *arg) {
    (void)arg;
    frond_nursery own;
    member me = {.stream = s, .lines = frond_queue_new(sizeof(line), KEPT, NULL)};
    frond_reader *reader = frond_reader_new(s, LONGEST);
    frond_nursery_open(&own, NULL);
    if (me.lines && reader && frond_nursery_spawn(&own, write_lines, &me) == 0)
        talk(&me, reader);
    frond_queue_close(me.lines); /* the writer ends with what there is */
    frond_nursery_close(&own, frond_in(10000));
    frond_reader_free(reader);
    frond_queue_free(me.lines);
    return NULL;
}

int main(int argc, char **argv) {
    frond_addr where;
    frond_server *server;
    char text[FROND_ADDR_TEXT];
    const char *at = argc > 1 ? argv[1] : "127.0.0.1:7002";
    if (frond_server_listen(at, NULL, serve, NULL, NULL, &server, FROND_NEVER) < 0 ||
        frond_server_stop_on_signal(server, SIGINT, 100) < 0) {
        fprintf(stderr, "chat: %s\n", frond_error_text());
        return 1;
    }
    frond_server_addr(server, &where);
    printf("listening at %s\n", frond_addr_format(&where, text, sizeof text));
    fflush(stdout);
    frond_server_serve(server, FROND_NEVER);
    frond_server_free(server);
    return 0;
}
