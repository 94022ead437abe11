# osteon compare on two boxes with closed forms, and on what it must refuse.
#   cmake -DOSTEON=<program> -DBINARY=<folder> -P compare.cmake
cmake_minimum_required(VERSION 3.25)
set(folder ${BINARY}/compare)
file(MAKE_DIRECTORY ${folder})

# A tetrahedron with corners at 0, 30 mm along x, 20 along y, 50 along z, all moved by X.
function(write_body name x)
  math(EXPR far "${x} + 30")
  set(p "${x} 0 0")
  set(q "${far} 0 0")
  set(r "${x} 20 0")
  set(s "${x} 0 50")
  set(text "solid body\n")
  foreach(face "p;r;q" "p;q;s" "p;s;r" "q;r;s")
    list(GET face 0 a)
    list(GET face 1 b)
    list(GET face 2 c)
    string(APPEND text "facet normal 0 0 0\nouter loop\nvertex ${${a}}\nvertex ${${b}}\n"
                       "vertex ${${c}}\nendloop\nendfacet\n")
  endforeach()
  file(WRITE ${folder}/${name} "${text}endsolid body\n")
endfunction()

function(expect_near got want tolerance what)
  execute_process(COMMAND awk "BEGIN { d = ${got} - ${want}; exit !(d * d <= ${tolerance} * ${tolerance}) }"
                  RESULT_VARIABLE far)
  if(far)
    message(SEND_ERROR "${what}: ${got} is not within ${tolerance} of ${want}")
  endif()
endfunction()

function(expect_exit code)
  execute_process(COMMAND ${OSTEON} compare ${ARGN} RESULT_VARIABLE got OUTPUT_VARIABLE out
                  ERROR_VARIABLE err WORKING_DIRECTORY ${folder})
  if(NOT got EQUAL ${code})
    message(SEND_ERROR "compare ${ARGN}: exit ${got}, not ${code}: ${err}")
  endif()
endfunction()

write_body(a.stl 0)
write_body(b.stl 1)
execute_process(COMMAND ${OSTEON} compare a.stl b.stl --icp --json WORKING_DIRECTORY ${folder}
                OUTPUT_VARIABLE json RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "compare failed: ${failed}")
endif()
string(JSON kind GET ${json} osteon_compare)
string(JSON apart GET ${json} surfaces raw max)
string(JSON left GET ${json} surfaces icp asd)
expect_near(${kind} 1 0 "osteon_compare")
expect_near(${apart} 1.0 0.02 "max of a body moved by 1 mm")
expect_near(${left} 0.0 0.01 "what alignment leaves")

file(WRITE ${folder}/broken.stl "solid body\nfacet normal 0 0\n")
expect_exit(0 a.stl b.stl)
expect_exit(2)
expect_exit(2 a.stl b.stl a.stl)
expect_exit(3 a.stl missing.stl)
expect_exit(3 a.stl broken.stl)
expect_exit(3 .)
