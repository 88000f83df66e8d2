/* SPDX-License-Identifier: MIT */
/* Each message of the protocol, shown to who wants to see it. */
#include "engine.h"

#include <frond/impl/waiter.h>
#include <stdio.h>

enum { HANDSHAKE_FINISHED = 20 };

/* RFC 8446, 4, and RFC 5246, 7.4. */
static const char *handshake_name(int type) {
    static const char *const names[] = {[0] = "hello request",
                                        [1] = "client hello",
                                        [2] = "server hello",
                                        [4] = "new session ticket",
                                        [5] = "end of early data",
                                        [8] = "encrypted extensions",
                                        [11] = "certificate",
                                        [12] = "server key exchange",
                                        [13] = "certificate request",
                                        [14] = "server hello done",
                                        [15] = "certificate verify",
                                        [16] = "client key exchange",
                                        [20] = "finished",
                                        [22] = "certificate status",
                                        [23] = "supplemental data",
                                        [24] = "key update"};
    const char *name = (size_t)type < sizeof names / sizeof names[0] ? names[type] : NULL;
    return name ? name : "unknown message";
}

static void alert_text(const unsigned char *bytes, char *out, size_t cap) {
    int both = bytes[0] << 8 | bytes[1];
    snprintf(out, cap, "alert: %s: %s", SSL_alert_type_string_long(both),
             SSL_alert_desc_string_long(both));
}

static void describe(int type, const unsigned char *bytes, size_t len, char *out,
                     size_t cap) {
    if (type == FROND_TLS_MESSAGE_HANDSHAKE && len >= 1)
        snprintf(out, cap, "handshake: %s", handshake_name(bytes[0]));
    else if (type == FROND_TLS_MESSAGE_ALERT && len >= 2)
        alert_text(bytes, out, cap);
    else if (type == FROND_TLS_MESSAGE_CHANGE_CIPHER)
        snprintf(out, cap, "change cipher spec");
    else if (type == FROND_TLS_MESSAGE_RECORD && len >= 5)
        snprintf(out, cap, "record: %d bytes", bytes[3] << 8 | bytes[4]);
    else if (type == FROND_TLS_MESSAGE_INNER_TYPE && len >= 1)
        snprintf(out, cap, "inner type: %d", bytes[0]);
    else
        snprintf(out, cap, "unknown content %d", type);
}

static void show(const frond__tls *t, const frond_tls_message *message) {
    const frond__tls_settings *rules = frond__tls_rules(t);
    int begun = frond_callback_begin();
    if (begun >= 0)
        rules->on_message(message, rules->message_arg);
    frond_callback_end(begun);
}

static void note(int sent, int version, int type, const void *data, size_t len, SSL *ssl,
                 void *arg) {
    frond__tls *t = arg;
    const unsigned char *bytes = data;
    char text[100];
    bool finished = !sent && type == FROND_TLS_MESSAGE_HANDSHAKE && len &&
                    bytes[0] == HANDSHAKE_FINISHED;
    (void)version;
    if (finished && t->request == FROND__TLS_ASKED)
        t->request = FROND__TLS_ANSWERED;
    if (!frond__tls_rules(t)->on_message)
        return;
    describe(type, bytes, len, text, sizeof text);
    show(t, &(frond_tls_message){.peer = t->name,
                                 .sent = sent,
                                 .type = type,
                                 .version = SSL_get_version(ssl),
                                 .text = text,
                                 .data = data,
                                 .len = len});
}

void frond__tls_watch(frond__tls *t) {
    bool wanted = frond__tls_rules(t)->on_message || t->request != FROND__TLS_NOT_ASKED;
    SSL_set_msg_callback(t->ssl, wanted ? note : NULL);
    SSL_set_msg_callback_arg(t->ssl, t);
}
