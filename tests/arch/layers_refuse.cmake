# The check must be able to fail: each wrong tree below has one fault and is refused.
#   cmake -DBINARY=<scratch folder> -P layers_refuse.cmake
cmake_minimum_required(VERSION 3.25)

function(refused name path text want)
  set(root ${BINARY}/refuse_${name})
  file(REMOVE_RECURSE ${root})
  file(WRITE ${root}/${path} "${text}")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -DROOT=${root} -P ${CMAKE_CURRENT_LIST_DIR}/layers.cmake
    RESULT_VARIABLE result ERROR_VARIABLE said OUTPUT_QUIET)
  if(result EQUAL 0 OR NOT said MATCHES "${want}")
    message(SEND_ERROR "${name}: not refused as it should be: ${said}")
  endif()
endfunction()

refused(upward recon/base/a.c "#include \"recon/mesh/mesh.h\"\n" "may not include recon/mesh")
refused(door recon/mesh/a.c "#include <openvdb/openvdb.h>\n" "belongs in recon/volume")
refused(word recon/mesh/a.c "void f(void) { strcpy(a, b); }\n" "strcpy is banned")
refused(leak recon/math/a.c "#include \"recon/base/b_impl.h\"\n" "stays in its room")
refused(unrooted recon/math/a.c "#include \"vec.h\"\n" "from the root")
refused(unknown recon/utils/a.c "int x;\n" "not a room")
refused(name recon/math/a.h "enum a {\n    FAR = 1,\n    OST_NEAR,\n};\n" "without OST_")
string(REPEAT "\n" 201 long)
refused(long recon/base/a.h "${long}" "ceiling 200")
