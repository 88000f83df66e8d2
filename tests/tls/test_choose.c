/* SPDX-License-Identifier: MIT */
/* Servers that choose a context by what the client has said, at once or after a while. */
#include "support.h"

#include "link.h"
#include <frond/net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    frond_tls_context *a, *b; /* of a.test and b.test */
    uint64_t ms;
    int calls;
    char name[64], alpn[64];
} house;

static int choose(const frond_tls_hello *hello, frond_tls_context **c, void *arg,
                  frond_deadline d) {
    house *h = arg;
    frond_event never = FROND_EVENT_INIT;
    h->calls++;
    snprintf(h->name, sizeof h->name, "%s", hello->server_name);
    h->alpn[0] = '\0';
    for (size_t i = 0; hello->alpn[i]; i++) {
        strcat(h->alpn, hello->alpn[i]);
        strcat(h->alpn, " ");
    }
    if (h->ms) {
        int rc = frond_event_wait(&never, frond_earlier(d, frond_in(h->ms)));
        if (rc == FROND_ECANCELED || frond_remaining(d) == 0)
            return rc;
    }
    if (strcmp(hello->server_name, "a.test") == 0)
        *c = frond_tls_context_ref(h->a);
    else if (strcmp(hello->server_name, "b.test") == 0)
        *c = frond_tls_context_ref(h->b);
    else if (strcmp(hello->server_name, "good.test") != 0)
        return FROND_EACCES;
    return 0;
}

static void end(link_side *s) {
    if (s->rc == 0)
        frond_stream_free(s->tls);
}

static frond_tls_context *context(frond_tls_options o) {
    frond_tls_context *c = NULL;
    CHECK_INT(frond_tls_context_new(&o, &c), 0);
    return c;
}

static const char *const alpn[] = {"h2", "http/1.1", NULL};

/* The house, its front door, and who may come in. */
typedef struct {
    house house;
    certificate of_a, of_b, mine;
    frond_tls_context *door, *trusting;
} scene;

static void open_scene(scene *s) {
    static const char *const http[] = {"http/1.1", NULL};
    memset(s, 0, sizeof *s);
    certificate_make(&s->of_a, "a", "DNS:a.test", -1, 20, 0, &link_ca);
    certificate_make(&s->of_b, "b", "DNS:b.test", -1, 20, 0, &link_ca);
    certificate_make(&s->mine, "me", NULL, -1, 20, 0, &link_ca);
    s->house.a = context((frond_tls_options){.cert_pem = s->of_a.cert,
                                             .key_pem = s->of_a.key,
                                             .alpn = http,
                                             .groups = "P-384"});
    s->house.b = context((frond_tls_options){.cert_pem = s->of_b.cert,
                                             .key_pem = s->of_b.key,
                                             .highest = FROND_TLS_1_2,
                                             .ca_pem = link_ca.cert,
                                             .require_client_cert = 1});
    s->door = context((frond_tls_options){.cert_pem = link_good.cert,
                                          .key_pem = link_good.key,
                                          .choose = choose,
                                          .choose_arg = &s->house});
    s->trusting = context((frond_tls_options){.ca_pem = link_ca.cert,
                                              .cert_pem = s->mine.cert,
                                              .key_pem = s->mine.key,
                                              .alpn = alpn});
}

static void close_scene(scene *s) {
    frond_tls_context_free(s->door);
    frond_tls_context_free(s->house.a);
    frond_tls_context_free(s->house.b);
    frond_tls_context_free(s->trusting);
    certificate_free(&s->of_a);
    certificate_free(&s->of_b);
    certificate_free(&s->mine);
}

static void visit(scene *s, int kind, const char *host, const char *version,
                  const char *group, const char *chosen, int shows) {
    link_side client = {.host = host, .context = s->trusting};
    link_side server = {.context = s->door};
    frond_tls_info info;
    frond_tls_chain *chain = NULL;
    link_tls(kind, &client, &server);
    CHECK_INT(client.rc, 0);
    CHECK_INT(server.rc, 0);
    if (client.rc < 0 || server.rc < 0)
        return;
    CHECK_INT(frond_tls_get_info(client.tls, &info), 0);
    CHECK_TEXT(info.version, version);
    CHECK_TEXT(info.alpn, chosen);
    if (!info.resumed)
        CHECK_TEXT(info.group, group);
    CHECK_INT(frond_tls_peer_chain(server.tls, &chain), shows ? 0 : FROND_ENOENT);
    frond_tls_chain_free(chain);
    end(&client);
    end(&server);
}

static void test_chosen(void) {
    scene s;
    open_scene(&s);
    for (int i = 0; i < 2 * LINKS; i++) {
        s.house.ms = i % 2 ? 3 : 0;
        s.house.calls = 0;
        visit(&s, i / 2, "a.test", "TLSv1.3", "secp384r1", "http/1.1", 0);
        CHECK_INT(s.house.calls, 1);
        CHECK_TEXT(s.house.name, "a.test");
        CHECK_TEXT(s.house.alpn, "h2 http/1.1 ");
        visit(&s, i / 2, "b.test", "TLSv1.2", "x25519", "", 1);
        CHECK_INT(s.house.calls, 2);
        visit(&s, i / 2, "good.test", "TLSv1.3", "x25519", "", 0);
        CHECK_INT(s.house.calls, 3);
    }
    close_scene(&s);
}

static void test_refused(void) {
    scene s;
    open_scene(&s);
    for (int kind = 0; kind < LINKS; kind++) {
        link_side client = {.host = "c.test", .context = s.trusting};
        link_side server = {.context = s.door};
        link_tls(kind, &client, &server);
        CHECK_INT(server.rc, FROND_EACCES);
        CHECK_HAS(server.text, ", who asks for \"c.test\": permission denied");
        CHECK_INT(client.rc, FROND_ETLS_ALERT);
        CHECK_HAS(client.text, "unrecognized name");
    }
    frond_tls_context_free(s.house.a); /* one that cannot serve */
    s.house.a = context((frond_tls_options){.ca_pem = link_ca.cert});
    link_side client = {.host = "a.test", .context = s.trusting};
    link_side server = {.context = s.door};
    link_tls(LINK_TCP, &client, &server);
    CHECK_INT(server.rc, FROND_ETLS_CONFIG);
    close_scene(&s);
}

/* Deadline and kill reach into it, and other handshakes do not wait for one that does. */
static void test_takes_its_time(void) {
    scene s;
    frond_clock_virtual(1);
    open_scene(&s);
    s.house.ms = 60000;
    for (int i = 0; i < 2 * LINKS; i++) {
        link_side client = {.host = "a.test", .context = s.trusting};
        link_side server = {.context = s.door};
        link_open(i / 2, &client.under, &server.under);
        client.deadline = frond_in(20000);
        server.deadline = frond_in(i % 2 ? 20000 : 40);
        frond_greenlet *a = frond_spawn(link_handshake, &client);
        frond_greenlet *b = frond_spawn(link_handshake, &server);
        frond_sleep(15);
        CHECK_INT(s.house.calls, i + 1);
        if (i % 2)
            frond_kill(b, FROND_EXIT, frond_in(20000));
        frond_join(b, FROND_NEVER);
        CHECK_INT(server.rc, i % 2 ? FROND_ECANCELED : FROND_ETIMEDOUT);
        frond_join(a, FROND_NEVER);
        CHECK(client.rc < 0);
        frond_release(a);
        frond_release(b);
    }
    close_scene(&s);
}

/* The context that was chosen may be replaced, and let go of, while it is used. */
static void test_let_go(void) {
    scene s;
    char byte;
    open_scene(&s);
    link_side client = {.host = "a.test", .context = s.trusting};
    link_side server = {.context = s.door};
    link_tls(LINK_TCP, &client, &server);
    CHECK_INT(client.rc, 0);
    close_scene(&s);
    CHECK_INT(frond_write(client.tls, "x", 1, NULL, frond_in(20000)), 0);
    CHECK_INT(frond_read(server.tls, &byte, 1, frond_in(20000)), 1);
    end(&client);
    end(&server);
}

static const test_case tests[] = {{"chosen", test_chosen},
                                  {"refused", test_refused},
                                  {"takes its time", test_takes_its_time},
                                  {"let go", test_let_go},
                                  {0}};

int main(int argc, char **argv) {
    link_certificates();
    int rc = test_main("choose", tests, argc, argv);
    link_certificates_free();
    return rc;
}
