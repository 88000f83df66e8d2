/* SPDX-License-Identifier: MIT */
/* Contexts for x86-64, System V ABI (Linux, macOS).
 *
 * The ABI makes rbx, rbp, r12 to r15, the x87 control word and the control bits of mxcsr the
 * callee's to keep; everything else is the caller's.  A suspended context is one frame:
 *
 *     sp +0   mxcsr   +4  x87 control word
 *        +8   r15  r14  r13  r12  rbx  rbp
 *        +56  where to go on
 *
 * The control words are loaded whether they differ or not: to look whether they do takes longer, since
 * what was just stored must be read back.
 * The return goes by an indirect jump: a ret would never match the return predictor's stack.
 * The frame rules (CFI) describe the saved frame, so an unwinder that starts above
 * frond__context_visit reads the suspended flow's registers. */

#if defined(__APPLE__)
#define SYMBOL(name) _##name
#define FUNCTION(name) .globl _##name; .private_extern _##name; .p2align 4
#define END(name)
#else
#define SYMBOL(name) name
#define FUNCTION(name) .globl name; .hidden name; .type name, @function; .p2align 4
#define END(name) .size name, . - name
#endif

#if defined(__CET__)
#define LANDING endbr64
#else
#define LANDING
#endif

#define SAVE                                                                                       \
    pushq %rbp;                                                                                    \
    .cfi_adjust_cfa_offset 8;                                                                      \
    .cfi_rel_offset rbp, 0;                                                                        \
    pushq %rbx;                                                                                    \
    .cfi_adjust_cfa_offset 8;                                                                      \
    .cfi_rel_offset rbx, 0;                                                                        \
    pushq %r12;                                                                                    \
    .cfi_adjust_cfa_offset 8;                                                                      \
    .cfi_rel_offset r12, 0;                                                                        \
    pushq %r13;                                                                                    \
    .cfi_adjust_cfa_offset 8;                                                                      \
    .cfi_rel_offset r13, 0;                                                                        \
    pushq %r14;                                                                                    \
    .cfi_adjust_cfa_offset 8;                                                                      \
    .cfi_rel_offset r14, 0;                                                                        \
    pushq %r15;                                                                                    \
    .cfi_adjust_cfa_offset 8;                                                                      \
    .cfi_rel_offset r15, 0;                                                                        \
    subq $8, %rsp;                                                                                 \
    .cfi_adjust_cfa_offset 8;                                                                      \
    stmxcsr (%rsp);                                                                                \
    fnstcw 4(%rsp)

/* rsp is the frame to go on with, edx what the call there answers */
#define RESTORE                                                                                    \
    ldmxcsr (%rsp);                                                                                \
    fldcw 4(%rsp);                                                                                 \
    addq $8, %rsp;                                                                                 \
    popq %r15;                                                                                     \
    popq %r14;                                                                                     \
    popq %r13;                                                                                     \
    popq %r12;                                                                                     \
    popq %rbx;                                                                                     \
    popq %rbp;                                                                                     \
    popq %rcx;                                                                                     \
    movl %edx, %eax;                                                                               \
    jmp *%rcx

    .text

/* int frond__context_switch(frond__context *to: rdi, frond__context *from: rsi, int answer: edx) */
FUNCTION(frond__context_switch)
SYMBOL(frond__context_switch):
    .cfi_startproc
    LANDING
    SAVE
    movq %rsp, (%rsi)
    movq (%rdi), %rsp
    RESTORE
    .cfi_endproc
END(frond__context_switch)

/* void frond__context_visit(from: rdi, on: rsi, fn: rdx, arg: rcx)
 * After SAVE the frame has the very shape of a suspended one, so the rules above hold for the
 * visited frame too once rsp points to it.  rbx carries `from` across the call. */
FUNCTION(frond__context_visit)
SYMBOL(frond__context_visit):
    .cfi_startproc
    LANDING
    SAVE
    movq %rsp, (%rdi)
    movq %rdi, %rbx
    movq (%rsi), %rsp
    movq %rcx, %rdi
    call *%rdx
    movq (%rbx), %rsp
    RESTORE
    .cfi_endproc
END(frond__context_visit)

/* void frond__context_make(c: rdi, low: rsi, high: rdx, fn: rcx, arg: r8) */
FUNCTION(frond__context_make)
SYMBOL(frond__context_make):
    .cfi_startproc
    LANDING
    leaq frond__context_start(%rip), %rax
    movq %rax, -24(%rdx)
    xorl %eax, %eax
    movq %rax, -8(%rdx)
    movq %rax, -16(%rdx)
    movq %rax, -32(%rdx)      /* rbp: frame-pointer walkers stop here */
    movq %rax, -40(%rdx)      /* rbx */
    movq %rcx, -48(%rdx)      /* r12: fn */
    movq %r8, -56(%rdx)       /* r13: arg */
    movq %rax, -64(%rdx)
    movq %rax, -72(%rdx)
    stmxcsr -80(%rdx)
    fnstcw -76(%rdx)
    leaq -80(%rdx), %rax
    movq %rax, (%rdi)
    ret
    .cfi_endproc
END(frond__context_make)

/* void frond__context_drop(c: rdi): there is nothing but the stack. */
FUNCTION(frond__context_drop)
SYMBOL(frond__context_drop):
    .cfi_startproc
    LANDING
    ret
    .cfi_endproc
END(frond__context_drop)

/* The first frame of every context: an undefined return address ends each backtrace here.
 * rsp is high - 16 on arrival, a multiple of 16, as the ABI wants it before a call. */
    .p2align 4
    .cfi_startproc
    .cfi_undefined rip
    nop /* unwinders look up the byte before a return address: it must be in these rules too */
frond__context_start:
    LANDING
    movq %r13, %rdi
    call *%r12
    ud2
    .cfi_endproc
#if defined(__ELF__)
    .type frond__context_start, @function
#endif
END(frond__context_start)

#if defined(__ELF__)
    .section .note.GNU-stack, "", @progbits
#endif
