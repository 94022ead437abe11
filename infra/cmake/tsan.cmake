# cmake -C infra/cmake/tsan.cmake -S . -B build/tsan
include(${CMAKE_CURRENT_LIST_DIR}/dev.cmake)
set(flags "-O1 -fsanitize=thread -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS "${flags}" CACHE STRING "")
set(CMAKE_CXX_FLAGS "${flags}" CACHE STRING "")
