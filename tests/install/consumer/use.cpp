/* SPDX-License-Identifier: MIT */
#include <cstdio>
#include <frond/frond.h>

static void *answer(void *out) {
    *static_cast<int *>(out) = 42;
    return nullptr;
}

int main() {
    int n = 0;
    frond_greenlet *g = frond_spawn(answer, &n);
    int rc = frond_join(g, FROND_NEVER);
    frond_release(g);
    std::printf("c++: %d\n", n);
    return rc == 0 ? 0 : 1;
}
