/* SPDX-License-Identifier: MIT */
/* Where a thread stood when a signal came, from the handler's third argument; NULL where it is not known. */
#ifndef FROND_SRC_SIGNAL_PC_H
#define FROND_SRC_SIGNAL_PC_H

#include <signal.h>

#if defined(__linux__) && defined(__x86_64__)
#define FROND_SIGNAL_PC(context)                                                         \
    ((void *)((ucontext_t *)(context))->uc_mcontext.gregs[REG_RIP])
#elif defined(__linux__) && defined(__i386__)
#define FROND_SIGNAL_PC(context)                                                         \
    ((void *)((ucontext_t *)(context))->uc_mcontext.gregs[REG_EIP])
#elif defined(__linux__) && defined(__aarch64__)
#define FROND_SIGNAL_PC(context) ((void *)((ucontext_t *)(context))->uc_mcontext.pc)
#elif defined(__linux__) && defined(__arm__)
#define FROND_SIGNAL_PC(context) ((void *)((ucontext_t *)(context))->uc_mcontext.arm_pc)
#elif defined(__linux__) && defined(__riscv)
#define FROND_SIGNAL_PC(context)                                                         \
    ((void *)((ucontext_t *)(context))->uc_mcontext.__gregs[0])
#elif defined(__APPLE__) && defined(__x86_64__)
#define FROND_SIGNAL_PC(context)                                                         \
    ((void *)((ucontext_t *)(context))->uc_mcontext->__ss.__rip)
#elif defined(__APPLE__) && defined(__aarch64__)
#define FROND_SIGNAL_PC(context)                                                         \
    ((void *)__darwin_arm_thread_state64_get_pc(                                         \
        ((ucontext_t *)(context))->uc_mcontext->__ss))
#else
#define FROND_SIGNAL_PC(context) ((void *)(context) ? NULL : NULL)
#endif

#endif
