/* SPDX-License-Identifier: MIT */
/* Channels are queues that may keep nothing. */
#include "sync/queue.h"

#include <frond/channel.h>

frond_channel *frond_channel_new(size_t item_size, size_t capacity,
                                 const frond_queue_options *o) {
    return frond__queue_make(item_size, capacity, o, "channel new");
}

int frond_channel_send(frond_channel *c, const void *item, frond_deadline d) {
    return frond_queue_put(c, item, d);
}

int frond_channel_receive(frond_channel *c, void *item, frond_deadline d) {
    return frond_queue_get(c, item, d);
}

int frond_channel_close(frond_channel *c) {
    return frond_queue_close(c);
}

void frond_channel_free(frond_channel *c) {
    frond_queue_free(c);
}
