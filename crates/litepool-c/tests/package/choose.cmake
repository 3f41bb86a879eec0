# Prints the library that is chosen for a compiler and its flags: cmake -DCOMPILER= -DFLAGS=
# -DPREFIX= -P choose.cmake
include("${PREFIX}/lib/cmake/litepool/litepool-processor.cmake")
separate_arguments(FLAGS UNIX_COMMAND "${FLAGS}")
litepool_processor(target explanation "${COMPILER}" ${FLAGS})
message(STATUS "${target}")
