; SPDX-License-Identifier: MIT
; Contexts for x86-64, Windows' ABI, for Microsoft's assembler.  context_x86_64_win64.S is the same for
; GNU's and says why; a change belongs in both.

BASE equ 8
LIMIT equ 16
BOTTOM equ 24
GUARANTEED equ 32
HANDLERS equ 40

save macro
    push rbp
    .pushreg rbp
    push rbx
    .pushreg rbx
    push rdi
    .pushreg rdi
    push rsi
    .pushreg rsi
    push r12
    .pushreg r12
    push r13
    .pushreg r13
    push r14
    .pushreg r14
    push r15
    .pushreg r15
    sub rsp, 0c8h
    .allocstack 0c8h
    movaps xmmword ptr [rsp + 20h], xmm6
    .savexmm128 xmm6, 20h
    movaps xmmword ptr [rsp + 30h], xmm7
    .savexmm128 xmm7, 30h
    movaps xmmword ptr [rsp + 40h], xmm8
    .savexmm128 xmm8, 40h
    movaps xmmword ptr [rsp + 50h], xmm9
    .savexmm128 xmm9, 50h
    movaps xmmword ptr [rsp + 60h], xmm10
    .savexmm128 xmm10, 60h
    movaps xmmword ptr [rsp + 70h], xmm11
    .savexmm128 xmm11, 70h
    movaps xmmword ptr [rsp + 80h], xmm12
    .savexmm128 xmm12, 80h
    movaps xmmword ptr [rsp + 90h], xmm13
    .savexmm128 xmm13, 90h
    movaps xmmword ptr [rsp + 0a0h], xmm14
    .savexmm128 xmm14, 0a0h
    movaps xmmword ptr [rsp + 0b0h], xmm15
    .savexmm128 xmm15, 0b0h
    .endprolog
    stmxcsr dword ptr [rsp + 0c0h]
    fnstcw word ptr [rsp + 0c4h]
endm

leave_stack macro context
    mov rax, qword ptr gs:[0]
    mov qword ptr [context + HANDLERS], rax
    mov rax, qword ptr gs:[08h]
    mov qword ptr [context + BASE], rax
    mov rax, qword ptr gs:[10h]
    mov qword ptr [context + LIMIT], rax
    mov rax, qword ptr gs:[1478h]
    mov qword ptr [context + BOTTOM], rax
    mov eax, dword ptr gs:[1748h]
    mov dword ptr [context + GUARANTEED], eax
endm

enter_stack macro context
    mov rax, qword ptr [context + HANDLERS]
    mov qword ptr gs:[0], rax
    mov rax, qword ptr [context + BASE]
    mov qword ptr gs:[08h], rax
    mov rax, qword ptr [context + LIMIT]
    mov qword ptr gs:[10h], rax
    mov rax, qword ptr [context + BOTTOM]
    mov qword ptr gs:[1478h], rax
    mov eax, dword ptr [context + GUARANTEED]
    mov dword ptr gs:[1748h], eax
endm

restore macro
    ldmxcsr dword ptr [rsp + 0c0h]
    fldcw word ptr [rsp + 0c4h]
    movaps xmm6, xmmword ptr [rsp + 20h]
    movaps xmm7, xmmword ptr [rsp + 30h]
    movaps xmm8, xmmword ptr [rsp + 40h]
    movaps xmm9, xmmword ptr [rsp + 50h]
    movaps xmm10, xmmword ptr [rsp + 60h]
    movaps xmm11, xmmword ptr [rsp + 70h]
    movaps xmm12, xmmword ptr [rsp + 80h]
    movaps xmm13, xmmword ptr [rsp + 90h]
    movaps xmm14, xmmword ptr [rsp + 0a0h]
    movaps xmm15, xmmword ptr [rsp + 0b0h]
    add rsp, 0c8h
    pop r15
    pop r14
    pop r13
    pop r12
    pop rsi
    pop rdi
    pop rbx
    pop rbp
    pop rcx
    mov eax, r9d
    jmp rcx
endm

.code

; int frond__context_switch(frond__context *to: rcx, frond__context *from: rdx, int answer: r8d)
align 16
frond__context_switch proc frame
    save
    leave_stack rdx
    mov qword ptr [rdx], rsp
    enter_stack rcx
    mov r9d, r8d
    mov rsp, qword ptr [rcx]
    restore
frond__context_switch endp

; void frond__context_visit(from: rcx, on: rdx, fn: r8, arg: r9)
align 16
frond__context_visit proc frame
    save
    leave_stack rcx
    mov qword ptr [rcx], rsp
    mov rbx, rcx
    mov rdi, rdx
    enter_stack rdx
    mov rsp, qword ptr [rdx]
    mov rcx, r9
    call r8
    leave_stack rdi
    enter_stack rbx
    mov rsp, qword ptr [rbx]
    restore
frond__context_visit endp

; The first frame of every context.
align 16
frond__context_start proc frame
    sub rsp, 32
    .allocstack 32
    .endprolog
    mov rcx, r13
    mov rdx, r14
    call r12
    ud2
frond__context_start endp

end
