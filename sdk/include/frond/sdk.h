/* SPDX-License-Identifier: MIT */
/* Everything of the module sdk: greenlets, the hub, deadlines, synchronisation, pools.  What
 * suspends is said in each header; each object belongs to one thread unless its header says more. */
#ifndef FROND_SDK_H
#define FROND_SDK_H

#include <frond/about.h>
#include <frond/addr.h>
#include <frond/api.h>
#include <frond/channel.h>
#include <frond/command.h>
#include <frond/condition.h>
#include <frond/config.h>
#include <frond/deadline.h>
#include <frond/debug.h>
#include <frond/embed.h>
#include <frond/error.h>
#include <frond/event.h>
#include <frond/fork.h>
#include <frond/fs.h>
#include <frond/fs_watch.h>
#include <frond/generator.h>
#include <frond/greenlet.h>
#include <frond/hub.h>
#include <frond/local.h>
#include <frond/lock.h>
#include <frond/map.h>
#include <frond/memory.h>
#include <frond/notice.h>
#include <frond/nursery.h>
#include <frond/pool.h>
#include <frond/queue.h>
#include <frond/semaphore.h>
#include <frond/signal.h>
#include <frond/single_flight.h>
#include <frond/stack.h>
#include <frond/sync.h>
#include <frond/threadpool.h>
#include <frond/timeout.h>
#include <frond/timer.h>
#include <frond/trace.h>
#include <frond/wait.h>
#include <frond/watch.h>
#include <frond/xqueue.h>

#endif
