// void greenroom_switch_stack(void** save, void* load)
//
// Pushes the callee-saved registers on the running stack, stores that stack's
// pointer in *save, makes `load` the stack pointer and pops the registers found
// there. Returns to whoever last called it with that stack saved, or, the first
// time, to the address that IdFiber/TlsFiber planted on the new stack.
// The floating-point control words are callee-saved too (System V ABI, AAPCS64).

#if defined(__linux__) && defined(__x86_64__)

	.text
	.globl	greenroom_switch_stack
	.hidden	greenroom_switch_stack
	.type	greenroom_switch_stack, @function
greenroom_switch_stack:
	.cfi_startproc
	endbr64
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	ldmxcsr	(%rsp)
	fldcw	4(%rsp)
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.cfi_endproc
	.size	greenroom_switch_stack, .-greenroom_switch_stack

// First code of a new stack: r12 holds the entry, r13 its argument. A zero
// return address and frame pointer end every backtrace here.
	.globl	greenroom_stack_entry
	.hidden	greenroom_stack_entry
	.type	greenroom_stack_entry, @function
greenroom_stack_entry:
	.cfi_startproc
	.cfi_undefined rip
	endbr64
	xorl	%ebp, %ebp
	movq	%r13, %rdi
	call	*%r12
	ud2
	.cfi_endproc
	.size	greenroom_stack_entry, .-greenroom_stack_entry

#elif defined(__linux__) && defined(__aarch64__)

	.text
	.globl	greenroom_switch_stack
	.hidden	greenroom_switch_stack
	.type	greenroom_switch_stack, %function
greenroom_switch_stack:
	.cfi_startproc
	sub	sp, sp, #176
	stp	x19, x20, [sp, #0]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	mrs	x9, fpcr
	str	x9, [sp, #160]
	mov	x9, sp
	str	x9, [x0]
	mov	sp, x1
	ldr	x9, [sp, #160]
	msr	fpcr, x9
	ldp	d14, d15, [sp, #144]
	ldp	d12, d13, [sp, #128]
	ldp	d10, d11, [sp, #112]
	ldp	d8, d9, [sp, #96]
	ldp	x29, x30, [sp, #80]
	ldp	x27, x28, [sp, #64]
	ldp	x25, x26, [sp, #48]
	ldp	x23, x24, [sp, #32]
	ldp	x21, x22, [sp, #16]
	ldp	x19, x20, [sp, #0]
	add	sp, sp, #176
	ret
	.cfi_endproc
	.size	greenroom_switch_stack, .-greenroom_switch_stack

// First code of a new stack: x19 holds the entry, x20 its argument. A zero
// frame pointer and link register end every backtrace here.
	.globl	greenroom_stack_entry
	.hidden	greenroom_stack_entry
	.type	greenroom_stack_entry, %function
greenroom_stack_entry:
	.cfi_startproc
	.cfi_undefined x30
	mov	x29, #0
	mov	x30, #0
	mov	x0, x20
	blr	x19
	brk	#1
	.cfi_endproc
	.size	greenroom_stack_entry, .-greenroom_stack_entry

#endif

#if defined(__linux__)
	.section .note.GNU-stack,"",%progbits
#endif
