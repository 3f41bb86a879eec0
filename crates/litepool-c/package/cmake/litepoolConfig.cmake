# litepool, from a release archive:
#
#   find_package(litepool 0.1 REQUIRED COMPONENTS tlsf8)
#   target_link_libraries(firmware PRIVATE litepool::tlsf8 litepool::bare_metal)
#
# makes a target for each flavour that the archive has for this processor (litepool::tlsf8,
# litepool::liteos_m, ...), and for each port, whose source is compiled with the flags of who links
# it: litepool::bare_metal, litepool::freertos, litepool::newlib.
#
# The processor is what the compiler makes code for, with CMAKE_C_FLAGS and the options of the
# directory that calls find_package (add_compile_options). Where those can't be asked, set
# LITEPOOL_TARGET: the name of a directory below lib/.

get_filename_component(_litepool_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
include("${CMAKE_CURRENT_LIST_DIR}/litepool-processor.cmake")
set(litepool_FOUND FALSE)

set(_litepool_target "${LITEPOOL_TARGET}")
if(NOT _litepool_target)
  set(_litepool_language C)
  if(NOT CMAKE_C_COMPILER)
    set(_litepool_language CXX)
  endif()
  separate_arguments(_litepool_flags UNIX_COMMAND
    "${CMAKE_${_litepool_language}_COMPILER_ARG1} ${CMAKE_${_litepool_language}_FLAGS}")
  get_directory_property(_litepool_options COMPILE_OPTIONS)
  foreach(_litepool_option IN LISTS _litepool_options)
    # Those that choose the processor; generator expressions are for when targets are known.
    if(_litepool_option MATCHES "^-m" OR _litepool_option MATCHES "^--?target=")
      list(APPEND _litepool_flags "${_litepool_option}")
    endif()
  endforeach()
  if(CMAKE_${_litepool_language}_COMPILER_TARGET)
    list(APPEND _litepool_flags "--target=${CMAKE_${_litepool_language}_COMPILER_TARGET}")
  endif()
  if(CMAKE_${_litepool_language}_COMPILER)
    litepool_processor(_litepool_target _litepool_why
      "${CMAKE_${_litepool_language}_COMPILER}" ${_litepool_flags})
  else()
    set(_litepool_why "no language is enabled: call project() before find_package(litepool)")
  endif()
endif()

file(GLOB _litepool_targets RELATIVE "${_litepool_root}/lib" "${_litepool_root}/lib/*-*")
string(REPLACE ";" "\n  " _litepool_list "${_litepool_targets}")
if(NOT _litepool_target)
  string(CONCAT litepool_NOT_FOUND_MESSAGE
    "${_litepool_why}.\n"
    "Put the options that choose the processor (-mcpu, -mfloat-abi; -march, -mabi) into "
    "CMAKE_C_FLAGS or add_compile_options before find_package(litepool), as a toolchain file does "
    "with CMAKE_C_FLAGS_INIT; or set LITEPOOL_TARGET to one of\n  ${_litepool_list}")
  return()
endif()
if(NOT _litepool_target IN_LIST _litepool_targets)
  string(CONCAT litepool_NOT_FOUND_MESSAGE
    "this archive has no library for ${_litepool_target}. "
    "LITEPOOL_TARGET can be one of\n  ${_litepool_list}")
  return()
endif()
set(litepool_TARGET "${_litepool_target}")
set(litepool_PORTS "${_litepool_root}/ports")

file(GLOB _litepool_libraries "${_litepool_root}/lib/${_litepool_target}/*/liblitepool.a")
set(_litepool_flavours "")
foreach(_litepool_library IN LISTS _litepool_libraries)
  get_filename_component(_litepool_flavour "${_litepool_library}" DIRECTORY)
  get_filename_component(_litepool_flavour "${_litepool_flavour}" NAME)
  list(APPEND _litepool_flavours "${_litepool_flavour}")
  set(litepool_${_litepool_flavour}_FOUND TRUE)
  if(NOT TARGET litepool::${_litepool_flavour})
    add_library(litepool::${_litepool_flavour} STATIC IMPORTED)
    set_target_properties(litepool::${_litepool_flavour} PROPERTIES
      IMPORTED_LOCATION "${_litepool_library}"
      INTERFACE_INCLUDE_DIRECTORIES "${_litepool_root}/include/${_litepool_flavour}")
    if(_litepool_target MATCHES "linux")
      set_target_properties(litepool::${_litepool_flavour} PROPERTIES
        INTERFACE_LINK_LIBRARIES "-pthread")
    endif()
  endif()
endforeach()

foreach(_litepool_port bare_metal freertos newlib)
  set(litepool_${_litepool_port}_FOUND TRUE)
  if(NOT TARGET litepool::${_litepool_port})
    file(GLOB _litepool_sources "${_litepool_root}/ports/${_litepool_port}/*.c")
    add_library(litepool::${_litepool_port} INTERFACE IMPORTED)
    set_target_properties(litepool::${_litepool_port} PROPERTIES
      INTERFACE_SOURCES "${_litepool_sources}"
      INTERFACE_INCLUDE_DIRECTORIES "${_litepool_root}/ports/${_litepool_port}")
  endif()
endforeach()

set(litepool_FOUND TRUE)
foreach(_litepool_component IN LISTS litepool_FIND_COMPONENTS)
  if(litepool_FIND_REQUIRED_${_litepool_component} AND NOT litepool_${_litepool_component}_FOUND)
    set(litepool_FOUND FALSE)
    string(REPLACE ";" ", " _litepool_list "${_litepool_flavours}")
    string(CONCAT litepool_NOT_FOUND_MESSAGE
      "there is no ${_litepool_component} for ${_litepool_target}; there are ${_litepool_list}, "
      "and the ports bare_metal, freertos, newlib")
  endif()
endforeach()
