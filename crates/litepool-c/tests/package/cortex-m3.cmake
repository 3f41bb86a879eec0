# arm-none-eabi-gcc for a Cortex-M3: the board of QEMU that firmware/c runs on.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m3)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m3 -mthumb -Os -ffunction-sections")
set(firmware ${CMAKE_CURRENT_LIST_DIR}/../../../../firmware/c)
string(CONCAT CMAKE_EXE_LINKER_FLAGS_INIT
  "--specs=rdimon.specs -nostartfiles -T ${firmware}/cortex-m3/link.ld -Wl,--gc-sections "
  "-Wl,--no-warn-rwx-segments")
set(MACHINE_SOURCES ${firmware}/cortex-m3/machine.c)
set(MACHINE_INCLUDES ${firmware})
