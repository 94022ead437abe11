# Copies the page and what it takes of three.js into the web root.
#   cmake -DSOURCE=<web_static> -DNPM=<folder of node_modules> -DROOT=<web root> -P web.cmake
cmake_minimum_required(VERSION 3.25)

# Files that left the source leave the root too; core/ belongs to recon/plan.
foreach(folder IN ITEMS net state plan viewer views style i18n vendor)
  file(REMOVE_RECURSE ${ROOT}/${folder})
endforeach()

file(GLOB_RECURSE files RELATIVE ${SOURCE} ${SOURCE}/*.html ${SOURCE}/*.js ${SOURCE}/*.css
     ${SOURCE}/*.svg ${SOURCE}/*.webmanifest ${SOURCE}/i18n/*.json)
foreach(file IN LISTS files)
  if(NOT file MATCHES "node_modules|_test\\.m?js$")
    configure_file(${SOURCE}/${file} ${ROOT}/${file} COPYONLY)
  endif()
endforeach()

set(three ${NPM}/node_modules/three)
set(vendor
  build/three.core.js
  build/three.module.js
  examples/jsm/controls/OrbitControls.js
  examples/jsm/controls/TransformControls.js
  examples/jsm/loaders/GLTFLoader.js
  examples/jsm/loaders/STLLoader.js
  examples/jsm/utils/BufferGeometryUtils.js
  examples/jsm/utils/SkeletonUtils.js
  LICENSE)
foreach(file IN LISTS vendor)
  configure_file(${three}/${file} ${ROOT}/vendor/three/${file} COPYONLY)
endforeach()

find_program(GZIP gzip REQUIRED)
file(GLOB_RECURSE texts ${ROOT}/*.js ${ROOT}/*.css ${ROOT}/*.html ${ROOT}/*.svg ${ROOT}/*.json)
foreach(text IN LISTS texts)
  execute_process(COMMAND ${GZIP} -9 -n -k -f ${text} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
