//! The exported functions. Each one hands its hook where it was called from, so that the hook's own
//! frame, and this one's, is no part of the stack that is recorded.

use core::ffi::c_void;

use libc::{c_int, size_t};

use crate::hooks;
use crate::unwind::Registers;

/// Where a function was called from: what its hook gets as its last parameter, or two.
#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Caller {
    /// Where the return address is: the stack pointer at the function's first instruction.
    stack: *const usize,
    /// The frame pointer at that moment.
    fp: usize,
}

#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
impl Caller {
    /// The registers when the call has returned.
    #[inline]
    pub(crate) fn registers(self) -> Registers {
        Registers {
            // SAFETY: the return address is there until the function returns.
            pc: unsafe { self.stack.read() },
            sp: self.stack.addr().wrapping_add(size_of::<usize>()),
            fp: self.fp,
        }
    }
}

/// Where a function was called from: what its hook gets as its last parameter.
#[cfg(target_arch = "aarch64")]
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Caller {
    /// Where the function has put the frame pointer and the return address, at the top of its
    /// frame.
    saved: *const [usize; 2],
}

#[cfg(target_arch = "aarch64")]
impl Caller {
    /// The registers when the call has returned.
    #[inline]
    pub(crate) fn registers(self) -> Registers {
        // SAFETY: both are there until the function returns.
        let [fp, pc] = unsafe { self.saved.read() };
        Registers {
            pc: crate::unwind::code(pc),
            sp: self.saved.addr().wrapping_add(size_of::<[usize; 2]>()),
            fp,
        }
    }
}

/// Where a function was called from. Not known on this architecture.
#[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
#[derive(Clone, Copy)]
pub(crate) struct Caller;

#[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
impl Caller {
    /// No registers.
    pub(crate) fn registers(self) -> Registers {
        Registers {
            pc: 0,
            sp: 0,
            fp: 0,
        }
    }
}

/// Defines the exported functions. The two registers are those that carry the hook's last
/// parameter. The hook returns to the caller itself.
#[cfg(target_arch = "x86_64")]
macro_rules! entries {
    ($(
        fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? = $hook:ident,
        caller in $stack:literal $fp:literal $single:literal;
    )*) => { $(
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) $(-> $result)? {
            core::arch::naked_asm!(
                concat!("mov ", $stack, ", rsp"),
                concat!("mov ", $fp, ", rbp"),
                "jmp {hook}",
                hook = sym hooks::$hook,
            )
        }
    )* };
}

/// Defines the exported functions. The hook takes the arguments where the caller has put them. Old
/// programs align their stacks to words only, which is not enough for what the compiler makes of
/// the hooks.
#[cfg(target_arch = "x86")]
macro_rules! entries {
    ($(
        fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? = $hook:ident,
        caller in $stack:literal $fp:literal $single:literal;
    )*) => { $(
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) $(-> $result)? {
            /// # Safety
            /// As the C library's function, called with this stack pointer.
            unsafe extern "fastcall" fn go_on(stack: *const usize, fp: usize) $(-> $result)? {
                // The arguments lie behind the return address.
                let mut at = stack;
                $(
                    // SAFETY: every argument is a word, and the caller has put it there.
                    let $argument = unsafe {
                        at = at.add(1);
                        at.cast::<$type>().read()
                    };
                )*
                // SAFETY: the caller keeps the C library's contract, which is the hook's.
                unsafe { hooks::$hook($($argument,)* Caller { stack, fp }) }
            }
            core::arch::naked_asm!(
                "mov ecx, esp",
                "mov edx, ebp",
                "push ebp",
                "mov ebp, esp",
                "and esp, -16",
                "call {hook}",
                "leave",
                "ret",
                hook = sym go_on,
            )
        }
    )* };
}

/// Defines the exported functions. The register is the one that carries the hook's last parameter.
#[cfg(target_arch = "aarch64")]
macro_rules! entries {
    ($(
        fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? = $hook:ident,
        caller in $stack:literal $fp:literal $single:literal;
    )*) => { $(
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) $(-> $result)? {
            core::arch::naked_asm!(
                "stp x29, x30, [sp, #-16]!",
                "mov x29, sp",
                concat!("mov ", $single, ", sp"),
                "bl {hook}",
                "ldp x29, x30, [sp], #16",
                "ret",
                hook = sym hooks::$hook,
            )
        }
    )* };
}

/// Defines the exported functions.
#[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
macro_rules! entries {
    ($(
        fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? = $hook:ident,
        caller in $stack:literal $fp:literal $single:literal;
    )*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) $(-> $result)? {
            // SAFETY: the caller keeps the C library's contract for this function, which is the
            // hook's.
            unsafe { hooks::$hook($($argument,)* Caller) }
        }
    )* };
}

entries! {
    fn malloc(size: size_t) -> *mut c_void = malloc,
        caller in "rsi" "rdx" "x1";
    fn calloc(count: size_t, size: size_t) -> *mut c_void = calloc,
        caller in "rdx" "rcx" "x2";
    fn realloc(pointer: *mut c_void, size: size_t) -> *mut c_void = realloc,
        caller in "rdx" "rcx" "x2";
    fn reallocarray(pointer: *mut c_void, count: size_t, size: size_t) -> *mut c_void = reallocarray,
        caller in "rcx" "r8" "x3";
    fn memalign(align: size_t, size: size_t) -> *mut c_void = memalign,
        caller in "rdx" "rcx" "x2";
    fn aligned_alloc(align: size_t, size: size_t) -> *mut c_void = memalign,
        caller in "rdx" "rcx" "x2";
    fn posix_memalign(result: *mut *mut c_void, align: size_t, size: size_t) -> c_int = posix_memalign,
        caller in "rcx" "r8" "x3";
    fn valloc(size: size_t) -> *mut c_void = valloc,
        caller in "rsi" "rdx" "x1";
    fn pvalloc(size: size_t) -> *mut c_void = pvalloc,
        caller in "rsi" "rdx" "x1";
    fn free(pointer: *mut c_void) = free,
        caller in "rsi" "rdx" "x1";
    // C23. The sizes are promises of the caller that glibc doesn't need either.
    fn free_sized(pointer: *mut c_void, size: size_t) = free_sized,
        caller in "rdx" "rcx" "x2";
    fn free_aligned_sized(pointer: *mut c_void, align: size_t, size: size_t) = free_aligned_sized,
        caller in "rcx" "r8" "x3";
}

/// How many bytes of the object may be used. Not recorded; but a program that is linked to another
/// allocator must not ask that one about objects of ours.
///
/// # Safety
/// As the C library's function.
#[unsafe(no_mangle)]
unsafe extern "C" fn malloc_usable_size(pointer: *mut c_void) -> size_t {
    // SAFETY: the same function, the same contract.
    unsafe { hooks::malloc_usable_size(pointer) }
}
