/* SPDX-License-Identifier: MIT */
/* Linux and Windows make descriptors that no child inherits in one step: nothing to hold. */
#include "hub/fork.h"

#include <frond/impl/process.h>

void frond_opening_begin(void) {
}

void frond_opening_end(void) {
}

void frond__opening_hold(void) {
}

void frond__opening_release(void) {
}

void frond__opening_renew(void) {
}
