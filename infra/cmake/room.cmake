# room(<folder> SOURCES ... HEADERS ... [LINK ...] [PRIVATE ...] [OPTIONS ...])
#
# One room is one static library and one folder. LINK names rooms whose headers
# this room's headers use; PRIVATE names what only its .c files use. Every header
# is also compiled alone (target all_verify_interface_header_sets).
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# Assertions of our own invariants stay in: a medical program stops rather than guesses.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

add_library(room_warnings INTERFACE)
target_compile_definitions(room_warnings INTERFACE _POSIX_C_SOURCE=200809L)
target_compile_options(room_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wundef -Wformat=2 -Wvla -Wcast-qual -Wwrite-strings
  -ffp-contract=off -fstack-protector-strong -fvisibility=hidden
  $<$<COMPILE_LANGUAGE:C>:-Wpedantic -Wconversion
    -Wstrict-prototypes -Wmissing-prototypes>)

function(room folder)
  cmake_parse_arguments(PARSE_ARGV 1 R "" "" "SOURCES;HEADERS;LINK;PRIVATE;OPTIONS")
  string(REPLACE "/" "_" name ${folder})
  list(TRANSFORM R_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/${folder}/)
  list(TRANSFORM R_HEADERS PREPEND ${PROJECT_SOURCE_DIR}/${folder}/)
  add_library(${name} STATIC ${R_SOURCES})
  target_sources(${name} PUBLIC FILE_SET HEADERS
    BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${R_HEADERS})
  target_link_libraries(${name} PUBLIC ${R_LINK} PRIVATE room_warnings ${R_PRIVATE})
  target_compile_options(${name} PRIVATE ${R_OPTIONS})
endfunction()

# rooms(<folder>...): the CMakeLists.txt of each room, where the room exists.
function(rooms)
  foreach(folder IN LISTS ARGV)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()
