# Every C and C++ file is formatted as .clang-format says.
#   cmake -DROOT=<source tree> -DTOOL=<clang-format> -P format.cmake
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE files ${ROOT}/recon/*.[ch] ${ROOT}/recon/*.cc ${ROOT}/fem/*.[ch]
     ${ROOT}/services/*.[ch] ${ROOT}/tests/*.[ch])
execute_process(COMMAND ${TOOL} --dry-run -Werror ${files}
  WORKING_DIRECTORY ${ROOT} RESULT_VARIABLE result ERROR_VARIABLE said)
if(NOT result EQUAL 0)
  string(SUBSTRING "${said}" 0 2000 said)
  message(FATAL_ERROR "run clang-format -i on:\n${said}")
endif()
