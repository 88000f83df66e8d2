/* SPDX-License-Identifier: MIT */
/* long frond__clone(void *args, size_t size, void (*run)(void *), void *arg): see clone_x86_64.S. */

    .text
    .globl frond__clone
    .hidden frond__clone
    .type frond__clone, %function
    .p2align 4
frond__clone:
    .cfi_startproc
    hint #34 /* bti c */
    mov x8, #435
    svc #0
    cbz x0, 1f
    ret
1:
    .cfi_undefined x30
    mov x29, #0
    mov x0, x3
    blr x2
    brk #1
    .cfi_endproc
    .size frond__clone, . - frond__clone
    .section .note.GNU-stack,"",%progbits
