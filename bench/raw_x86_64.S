/* SPDX-License-Identifier: MIT */
/* System V: rbx, rbp, r12 to r15 belong to the caller.  The return is a pop and an indirect jump:
 * a ret would be predicted to go back to where the switch was called from, which it never does. */
    .text
    .p2align 4
    .globl raw_switch
    .type raw_switch, @function
raw_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq (%rsi), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    popq %rcx
    jmp *%rcx
    .size raw_switch, .-raw_switch

/* What raw_switch will pop: r15 r14 r13 r12 rbx rbp and where to go.  16 bytes stay above, so that
 * the stack is aligned when raw_entry calls. */
    .p2align 4
    .globl raw_make
    .type raw_make, @function
raw_make:
    leaq -72(%rsi), %rax
    movq %rdx, 16(%rax)
    movq %rcx, 24(%rax)
    movq $0, 40(%rax)
    leaq raw_entry(%rip), %rdx
    movq %rdx, 48(%rax)
    movq %rax, (%rdi)
    ret
    .size raw_make, .-raw_make

    .p2align 4
    .type raw_entry, @function
raw_entry:
    movq %r12, %rdi
    call *%r13
    ud2
    .size raw_entry, .-raw_entry

    .section .note.GNU-stack, "", @progbits
