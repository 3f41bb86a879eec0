# Which of the archive's libraries fits the processor that a compiler makes code for.
#
#   litepool_processor(RESULT EXPLANATION COMPILER FLAGS...)
#
# The compiler is asked for its macros with these flags, so that -mcpu, -march, -mabi, -mfloat-abi
# and defaults all count. RESULT is the name of a directory below lib/, or empty; then EXPLANATION
# says what was found.

set(_litepool_nothing "${CMAKE_CURRENT_LIST_DIR}/nothing.h")

function(litepool_processor result explanation compiler)
  set(${result} "" PARENT_SCOPE)
  execute_process(COMMAND "${compiler}" ${ARGN} -dM -E -x c "${_litepool_nothing}"
    OUTPUT_VARIABLE macros ERROR_VARIABLE said RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    set(${explanation} "${compiler} does not tell its macros (-dM -E): ${said}" PARENT_SCOPE)
    return()
  endif()

  foreach(name
      __ARM_ARCH_6M__ __ARM_ARCH_6SM__ __ARM_ARCH_7M__ __ARM_ARCH_7EM__ __ARM_ARCH_8M_BASE__
      __ARM_ARCH_8M_MAIN__ __ARM_ARCH_8_1M_MAIN__ __ARM_PCS_VFP __arm__ __aarch64__ __AARCH64EB__
      __ARMEB__ __x86_64__ __ILP32__ __linux__ __riscv __riscv_mul __riscv_atomic
      __riscv_compressed __riscv_float_abi_soft __riscv_float_abi_single)
    string(REGEX MATCH "#define ${name} " ${name} "${macros}")
  endforeach()
  string(REGEX MATCH "#define __riscv_xlen ([0-9]+)" _ "${macros}")
  set(xlen "${CMAKE_MATCH_1}")

  set(target "")
  set(kind "a processor that the archive has no library for")
  if(__arm__)
    set(hard "")
    if(__ARM_PCS_VFP)
      set(hard "hf")
    endif()
    if(__ARMEB__)
      set(kind "a big-endian ARM")
    elseif(__ARM_ARCH_6M__ OR __ARM_ARCH_6SM__ OR __ARM_ARCH_8M_BASE__)
      # ARMv8-M Baseline executes all of ARMv6-M.
      set(target thumbv6m-none-eabi)
    elseif(__ARM_ARCH_7M__)
      set(target thumbv7m-none-eabi)
    elseif(__ARM_ARCH_7EM__)
      set(target "thumbv7em-none-eabi${hard}")
    elseif(__ARM_ARCH_8M_MAIN__ OR __ARM_ARCH_8_1M_MAIN__)
      set(target "thumbv8m.main-none-eabi${hard}")
    else()
      set(kind "an ARM that is no Cortex-M (is -mcpu missing?)")
    endif()
  elseif(__aarch64__)
    if(__AARCH64EB__ OR __ILP32__)
      set(kind "a big-endian or ILP32 AArch64")
    elseif(__linux__)
      set(target aarch64-unknown-linux-gnu)
    else()
      set(target aarch64-unknown-none-softfloat)
    endif()
  elseif(__x86_64__)
    if(__linux__ AND NOT __ILP32__)
      set(target x86_64-unknown-linux-gnu)
    else()
      set(kind "an x86-64 without Linux, or x32")
    endif()
  elseif(__riscv)
    if(NOT xlen STREQUAL "32")
      set(kind "a RISC-V of ${xlen} bits (is -march=rv32... -mabi=ilp32 missing?)")
    elseif(NOT __riscv_mul OR NOT __riscv_compressed)
      set(kind "a RISC-V without the extensions M and C")
    elseif(__riscv_float_abi_soft AND __riscv_atomic)
      set(target riscv32imac-unknown-none-elf)
    elseif(__riscv_float_abi_soft)
      set(target riscv32imc-unknown-none-elf)
    elseif(__riscv_float_abi_single AND __riscv_atomic)
      set(target riscv32imafc-unknown-none-elf)
    else()
      set(kind "a RISC-V of another ABI than ilp32 and ilp32f")
    endif()
  endif()
  set(${result} "${target}" PARENT_SCOPE)
  string(JOIN " " flags ${ARGN})
  set(${explanation} "${compiler} ${flags} makes code for ${kind}" PARENT_SCOPE)
endfunction()
