/* SPDX-License-Identifier: MIT */
/* Contexts for x86-64, Windows' ABI, for GNU assemblers.  context_x86_64_win64.asm is the same for
 * Microsoft's; a change belongs in both.
 *
 * The ABI makes rbx, rbp, rdi, rsi, r12 to r15, xmm6 to xmm15, the x87 control word and the control bits
 * of mxcsr the callee's to keep.  A suspended context is one frame, `frame` in context_win64.c; its
 * unwind codes describe a visited frame as well as our own, since both have the same shape.
 * The system looks at the thread's block (TEB) to tell whether an address is on the stack, to grow it,
 * and to find out that it overflows: base, limit, end and guaranteed bytes move with the switch, and so
 * does the chain of exception handlers, which Wine uses.  The limit is read back at each switch, since the
 * system lowers it as the stack grows. */

    .set BASE, 8
    .set LIMIT, 16
    .set BOTTOM, 24
    .set GUARANTEED, 32
    .set HANDLERS, 40
    .set FRAME, 0xc8 /* below the pushed registers */

    .macro save
    pushq %rbp
    .seh_pushreg %rbp
    pushq %rbx
    .seh_pushreg %rbx
    pushq %rdi
    .seh_pushreg %rdi
    pushq %rsi
    .seh_pushreg %rsi
    pushq %r12
    .seh_pushreg %r12
    pushq %r13
    .seh_pushreg %r13
    pushq %r14
    .seh_pushreg %r14
    pushq %r15
    .seh_pushreg %r15
    subq $FRAME, %rsp
    .seh_stackalloc FRAME
    movaps %xmm6, 0x20(%rsp)
    .seh_savexmm %xmm6, 0x20
    movaps %xmm7, 0x30(%rsp)
    .seh_savexmm %xmm7, 0x30
    movaps %xmm8, 0x40(%rsp)
    .seh_savexmm %xmm8, 0x40
    movaps %xmm9, 0x50(%rsp)
    .seh_savexmm %xmm9, 0x50
    movaps %xmm10, 0x60(%rsp)
    .seh_savexmm %xmm10, 0x60
    movaps %xmm11, 0x70(%rsp)
    .seh_savexmm %xmm11, 0x70
    movaps %xmm12, 0x80(%rsp)
    .seh_savexmm %xmm12, 0x80
    movaps %xmm13, 0x90(%rsp)
    .seh_savexmm %xmm13, 0x90
    movaps %xmm14, 0xa0(%rsp)
    .seh_savexmm %xmm14, 0xa0
    movaps %xmm15, 0xb0(%rsp)
    .seh_savexmm %xmm15, 0xb0
    .seh_endprologue
    stmxcsr 0xc0(%rsp)
    fnstcw 0xc4(%rsp)
    .endm

    /* Through rax, to the context that a register points to. */
    .macro leave_stack context
    movq %gs:0, %rax
    movq %rax, HANDLERS(\context)
    movq %gs:0x08, %rax
    movq %rax, BASE(\context)
    movq %gs:0x10, %rax
    movq %rax, LIMIT(\context)
    movq %gs:0x1478, %rax
    movq %rax, BOTTOM(\context)
    movl %gs:0x1748, %eax
    movl %eax, GUARANTEED(\context)
    .endm

    .macro enter_stack context
    movq HANDLERS(\context), %rax
    movq %rax, %gs:0
    movq BASE(\context), %rax
    movq %rax, %gs:0x08
    movq LIMIT(\context), %rax
    movq %rax, %gs:0x10
    movq BOTTOM(\context), %rax
    movq %rax, %gs:0x1478
    movl GUARANTEED(\context), %eax
    movl %eax, %gs:0x1748
    .endm

    /* rsp is the frame to go on with, r9d what the call there answers */
    .macro restore
    ldmxcsr 0xc0(%rsp)
    fldcw 0xc4(%rsp)
    movaps 0x20(%rsp), %xmm6
    movaps 0x30(%rsp), %xmm7
    movaps 0x40(%rsp), %xmm8
    movaps 0x50(%rsp), %xmm9
    movaps 0x60(%rsp), %xmm10
    movaps 0x70(%rsp), %xmm11
    movaps 0x80(%rsp), %xmm12
    movaps 0x90(%rsp), %xmm13
    movaps 0xa0(%rsp), %xmm14
    movaps 0xb0(%rsp), %xmm15
    addq $FRAME, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rsi
    popq %rdi
    popq %rbx
    popq %rbp
    popq %rcx
    movl %r9d, %eax
    jmp *%rcx
    .endm

    .macro function name
    .globl \name
    .def \name; .scl 2; .type 32; .endef
    .p2align 4
    .seh_proc \name
\name:
    .endm

    .text

/* int frond__context_switch(frond__context *to: rcx, frond__context *from: rdx, int answer: r8d) */
    function frond__context_switch
    save
    leave_stack %rdx
    movq %rsp, (%rdx)
    enter_stack %rcx
    movl %r8d, %r9d
    movq (%rcx), %rsp
    restore
    .seh_endproc

/* void frond__context_visit(from: rcx, on: rdx, fn: r8, arg: r9)
 * rbx and rdi carry `from` and `on` across the call. */
    function frond__context_visit
    save
    leave_stack %rcx
    movq %rsp, (%rcx)
    movq %rcx, %rbx
    movq %rdx, %rdi
    enter_stack %rdx
    movq (%rdx), %rsp
    movq %r9, %rcx
    call *%r8
    leave_stack %rdi /* it may have grown */
    enter_stack %rbx
    movq (%rbx), %rsp
    restore
    .seh_endproc

/* The first frame of every context.  rsp is a multiple of 16 and points to a return address of 0,
 * which ends each backtrace. */
    function frond__context_start
    subq $32, %rsp
    .seh_stackalloc 32
    .seh_endprologue
    movq %r13, %rcx
    movq %r14, %rdx
    call *%r12
    ud2
    .seh_endproc
