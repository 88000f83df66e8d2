/* SPDX-License-Identifier: MIT */
/* long frond__clone(void *args, size_t size, void (*run)(void *), void *arg)
 *
 * clone3 without a stack of its own: the child runs on below this call's frame, into run(arg), which never returns,
 * while the parent stands still.  No compiler knows of such calls, so that it might use one place in a frame
 * for both; here there is none.  The number of the child, or minus an errno. */

#if defined(__CET__)
#define LANDING endbr64
#else
#define LANDING
#endif

    .text
    .globl frond__clone
    .hidden frond__clone
    .type frond__clone, @function
    .p2align 4
frond__clone:
    .cfi_startproc
    LANDING
    movq %rdx, %r8
    movq %rcx, %r9 /* the kernel takes rcx and r11 */
    movl $435, %eax
    syscall
    testq %rax, %rax
    jz 1f
    ret
1:
    .cfi_undefined rip
    xorl %ebp, %ebp
    subq $8, %rsp
    movq %r9, %rdi
    call *%r8
    hlt
    .cfi_endproc
    .size frond__clone, . - frond__clone
    .section .note.GNU-stack,"",@progbits
