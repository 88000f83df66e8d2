/* SPDX-License-Identifier: MIT */
/* Contexts for AArch64, AAPCS64 (Linux, macOS).
 *
 * The ABI makes x19 to x29, sp and the low halves of v8 to v15 (d8 to d15) the callee's to keep;
 * x18 is the platform's and is left alone.  A suspended context is one frame of 176 bytes:
 *
 *     sp +0   x19 x20 x21 x22 x23 x24 x25 x26 x27 x28   +80  x29 x30 (where to go on)
 *        +96  d8 d9 d10 d11 d12 d13 d14 d15             +160 fpcr, padding
 *
 * fpcr is loaded only when it differs.  Hint 34 (bti c) and hint 36 (bti j) mark where indirect
 * branches may land; cores without BTI run them as no-ops.  Compiled with -mbranch-protection, the saved
 * x30 is signed with the sp of the frame's caller, like the compiler's own (hints 25 and 29, paciasp and
 * autiasp); a context that never ran has one made by hint 8 (pacia1716: x17 signed with x16). */

#if defined(__APPLE__)
#define SYMBOL(name) _##name
#define END(name)
#define LOCAL(name) L##name
#else
#define SYMBOL(name) name
#define END(name) .size name, . - name
#define LOCAL(name) .L##name
#endif

#if defined(__ARM_FEATURE_PAC_DEFAULT)
#define HINT_IF_SIGNED(number) hint number
#define CFI_IF_SIGNED .cfi_negate_ra_state
#else
#define HINT_IF_SIGNED(number)
#define CFI_IF_SIGNED
#endif

    .text

.macro save_frame
    HINT_IF_SIGNED(#25)
    CFI_IF_SIGNED
    sub sp, sp, #176
    .cfi_adjust_cfa_offset 176
    stp x19, x20, [sp, #0]
    .cfi_rel_offset x19, 0
    .cfi_rel_offset x20, 8
    stp x21, x22, [sp, #16]
    .cfi_rel_offset x21, 16
    .cfi_rel_offset x22, 24
    stp x23, x24, [sp, #32]
    .cfi_rel_offset x23, 32
    .cfi_rel_offset x24, 40
    stp x25, x26, [sp, #48]
    .cfi_rel_offset x25, 48
    .cfi_rel_offset x26, 56
    stp x27, x28, [sp, #64]
    .cfi_rel_offset x27, 64
    .cfi_rel_offset x28, 72
    stp x29, x30, [sp, #80]
    .cfi_rel_offset x29, 80
    .cfi_rel_offset x30, 88
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mrs x9, fpcr
    str x9, [sp, #160]
.endm

/* x9 is the fpcr in force, sp the frame to go on with */
.macro restore_frame
    ldr x10, [sp, #160]
    cmp x9, x10
    b.eq 1f
    msr fpcr, x10
1:
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
    add sp, sp, #176
    HINT_IF_SIGNED(#29)
    ret
.endm

.macro begin name
#if defined(__APPLE__)
    .globl \name
    .private_extern \name
#else
    .globl \name
    .hidden \name
    .type \name, %function
#endif
    .p2align 4
\name:
    .cfi_startproc
    hint #34
.endm

/* int frond__context_switch(frond__context *to: x0, frond__context *from: x1, int answer: w2) */
    begin SYMBOL(frond__context_switch)
    save_frame
    mov x10, sp
    str x10, [x1]
    ldr x10, [x0]
    mov sp, x10
    mov w0, w2
    restore_frame
    .cfi_endproc
END(frond__context_switch)

/* void frond__context_visit(from: x0, on: x1, fn: x2, arg: x3): the frame rules of save_frame hold
 * for the visited frame once sp points to it.  x19 carries `from` across the call. */
    begin SYMBOL(frond__context_visit)
    save_frame
    mov x10, sp
    str x10, [x0]
    mov x19, x0
    ldr x10, [x1]
    mov sp, x10
    mov x0, x3
    blr x2
    mrs x9, fpcr
    ldr x10, [x19]
    mov sp, x10
    restore_frame
    .cfi_endproc
END(frond__context_visit)

/* void frond__context_make(c: x0, low: x1, high: x2, fn: x3, arg: x4) */
    begin SYMBOL(frond__context_make)
    sub x9, x2, #176
    stp x3, x4, [x9, #0]
    stp xzr, xzr, [x9, #16]
    stp xzr, xzr, [x9, #32]
    stp xzr, xzr, [x9, #48]
    stp xzr, xzr, [x9, #64]
    adr x17, LOCAL(frond_context_start)
    mov x16, x2 // what sp will be when it is left
    HINT_IF_SIGNED(#8)
    stp xzr, x17, [x9, #80]
    stp xzr, xzr, [x9, #96]
    stp xzr, xzr, [x9, #112]
    stp xzr, xzr, [x9, #128]
    stp xzr, xzr, [x9, #144]
    mrs x10, fpcr
    stp x10, xzr, [x9, #160]
    str x9, [x0]
    ret
    .cfi_endproc
END(frond__context_make)

/* void frond__context_drop(c: x0): there is nothing but the stack. */
    begin SYMBOL(frond__context_drop)
    ret
    .cfi_endproc
END(frond__context_drop)

/* The first frame of every context: an undefined return address ends each backtrace here. */
    .p2align 4
    .cfi_startproc
    .cfi_undefined x30
    nop // unwinders look up the byte before a return address: it must be in these rules too
LOCAL(frond_context_start):
    hint #36
    mov x29, xzr
    mov x0, x20
    blr x19
    brk #1
    .cfi_endproc

#if defined(__ELF__)
    .section .note.GNU-stack, "", %progbits
#endif

/* Tells the linker that this file keeps to what its flags ask: bit 0 BTI, bit 1 PAC. */
#if defined(__ARM_FEATURE_BTI_DEFAULT) && defined(__ARM_FEATURE_PAC_DEFAULT)
#define FEATURES 3
#elif defined(__ARM_FEATURE_BTI_DEFAULT)
#define FEATURES 1
#elif defined(__ARM_FEATURE_PAC_DEFAULT)
#define FEATURES 2
#endif
#if defined(__ELF__) && defined(FEATURES)
    .section .note.gnu.property, "a", %note
    .p2align 3
    .long 4, 16, 5 // sizes of name and contents, NT_GNU_PROPERTY_TYPE_0
    .asciz "GNU"
    .long 0xc0000000, 4, FEATURES, 0 // GNU_PROPERTY_AARCH64_FEATURE_1_AND
#endif
