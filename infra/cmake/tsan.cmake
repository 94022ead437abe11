# cmake -C infra/cmake/tsan.cmake -S . -B build/tsan, then build osteon and services_http_*_test there;
# the real api under the tests of collaboration, each report a file of its own:
#   for t in live two_api crowd; do
#     TSAN_OPTIONS=log_path=build/tsan/report OSTEON_PROGRAM=$PWD/build/tsan/osteon node tests/http/${t}_test.mjs
#   done; ls build/tsan/report.*
include(${CMAKE_CURRENT_LIST_DIR}/dev.cmake)
set(flags "-O1 -fsanitize=thread -fno-omit-frame-pointer")
set(CMAKE_C_FLAGS "${flags}" CACHE STRING "")
set(CMAKE_CXX_FLAGS "${flags}" CACHE STRING "")
