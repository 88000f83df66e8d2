/* SPDX-License-Identifier: MIT */
/* AAPCS64: x19 to x28, the frame pointer, the link register and d8 to d15 belong to the caller. */
    .text
    .p2align 4
    .globl raw_switch
    .type raw_switch, %function
raw_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    ldr x9, [x1]
    mov sp, x9
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    br x30
    .size raw_switch, .-raw_switch

    .p2align 4
    .globl raw_make
    .type raw_make, %function
raw_make:
    sub x9, x1, #160
    stp x2, x3, [x9, #0]
    adr x10, raw_entry
    stp xzr, x10, [x9, #80]
    str x9, [x0]
    ret
    .size raw_make, .-raw_make

    .p2align 4
    .type raw_entry, %function
raw_entry:
    mov x0, x20
    blr x19
    brk #0
    .size raw_entry, .-raw_entry

    .section .note.GNU-stack, "", %progbits
