//! The exported functions. Each one takes its return address from the stack and goes on to its hook, so that the hook
//! knows the call site and returns to it directly.

use core::ffi::c_void;

use libc::{c_int, size_t};

use crate::hooks;

/// Defines the exported functions. The register is the one that carries the hook's last parameter, the call site.
#[cfg(target_arch = "x86_64")]
macro_rules! entries {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? = $hook:ident, site in $register:literal;)*) => { $(
        #[unsafe(naked)]
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) $(-> $result)? {
            core::arch::naked_asm!(
                concat!("mov ", $register, ", qword ptr [rsp]"),
                "jmp {hook}",
                hook = sym hooks::$hook,
            )
        }
    )* };
}

/// Defines the exported functions. On this architecture call sites are unknown.
#[cfg(not(target_arch = "x86_64"))]
macro_rules! entries {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? = $hook:ident, site in $register:literal;)*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name($($argument: $type),*) $(-> $result)? {
            // SAFETY: the caller keeps the C library's contract for this function, which is the hook's.
            unsafe { hooks::$hook($($argument,)* 0) }
        }
    )* };
}

entries! {
    fn malloc(size: size_t) -> *mut c_void = malloc, site in "rsi";
    fn calloc(count: size_t, size: size_t) -> *mut c_void = calloc, site in "rdx";
    fn realloc(pointer: *mut c_void, size: size_t) -> *mut c_void = realloc, site in "rdx";
    fn reallocarray(pointer: *mut c_void, count: size_t, size: size_t) -> *mut c_void = reallocarray, site in "rcx";
    fn memalign(align: size_t, size: size_t) -> *mut c_void = memalign, site in "rdx";
    fn aligned_alloc(align: size_t, size: size_t) -> *mut c_void = memalign, site in "rdx";
    fn posix_memalign(result: *mut *mut c_void, align: size_t, size: size_t) -> c_int = posix_memalign, site in "rcx";
    fn valloc(size: size_t) -> *mut c_void = valloc, site in "rsi";
    fn pvalloc(size: size_t) -> *mut c_void = pvalloc, site in "rsi";
    fn free(pointer: *mut c_void) = free, site in "rsi";
    // C23. The sizes are promises of the caller that glibc doesn't need either.
    fn free_sized(pointer: *mut c_void, size: size_t) = free_sized, site in "rdx";
    fn free_aligned_sized(pointer: *mut c_void, align: size_t, size: size_t) = free_aligned_sized, site in "rcx";
}

/// How many bytes of the object may be used. Not recorded; but a program that is linked to another allocator must not ask
/// that one about objects of ours.
///
/// # Safety
/// As the C library's function.
#[unsafe(no_mangle)]
unsafe extern "C" fn malloc_usable_size(pointer: *mut c_void) -> size_t {
    // SAFETY: the same function, the same contract.
    unsafe { hooks::malloc_usable_size(pointer) }
}
