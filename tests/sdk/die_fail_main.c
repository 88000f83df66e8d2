/* SPDX-License-Identifier: MIT */
/* Must die: there is nobody to whom a failure of the main greenlet could go. */
#include <frond/sdk.h>

int main(void) {
    frond_yield();
    frond_fail(FROND_EPROTO, "nothing left to %s", "do");
}
