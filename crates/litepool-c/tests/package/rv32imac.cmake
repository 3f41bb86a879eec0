# riscv64-unknown-elf-gcc with picolibc for RV32IMAC: QEMU's board virt.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-march=rv32imac -mabi=ilp32 -Os -ffunction-sections --specs=picolibc.specs")
string(CONCAT CMAKE_EXE_LINKER_FLAGS_INIT
  "--crt0=semihost --oslib=semihost -Wl,--gc-sections "
  "-Wl,--defsym=__flash=0x80000000 -Wl,--defsym=__flash_size=4M "
  "-Wl,--defsym=__ram=0x80400000 -Wl,--defsym=__ram_size=16M -Wl,--defsym=__stack_size=64K")
