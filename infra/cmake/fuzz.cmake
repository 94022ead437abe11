# cmake -C infra/cmake/fuzz.cmake -S . -B build/fuzz, then build and run one of tests/fuzz:
#   ninja -C build/fuzz clean_fuzz && build/fuzz/bin/clean_fuzz -max_total_time=60 tests/fuzz/corpus/clean
include(${CMAKE_CURRENT_LIST_DIR}/dev.cmake)
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
set(CMAKE_C_COMPILER clang CACHE STRING "")
set(CMAKE_CXX_COMPILER clang++ CACHE STRING "")
set(flags "-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS "${flags}" CACHE STRING "")
set(CMAKE_CXX_FLAGS "${flags}" CACHE STRING "")
