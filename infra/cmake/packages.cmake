# Every library from outside, found once and named once; rooms link the names.
# infra/packages.txt lists the Debian packages they come from.
find_package(PkgConfig REQUIRED)

foreach(module IN ITEMS libwebsockets libpq openssl libargon2 libcurl jansson libzstd
                        spng libturbojpeg libsodium libseccomp libopenjp2 zlib)
  string(MAKE_C_IDENTIFIER ${module} name)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
endforeach()

# dependency(<name> <library>...): libraries whose own CMake files ask for more than we use.
function(dependency name)
  add_library(${name} INTERFACE)
  foreach(library IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER ${library} id)
    find_library(LIB_${id} NAMES ${library} REQUIRED)
    target_link_libraries(${name} INTERFACE ${LIB_${id}})
  endforeach()
endfunction()

dependency(dcmtk dcmjpeg dcmjpls dcmimgle dcmimage dcmdata oflog ofstd)
dependency(openvdb openvdb tbb Imath-3_1)
find_path(IMATH_INCLUDE_DIR ImathConfig.h PATH_SUFFIXES Imath REQUIRED)
target_include_directories(openvdb SYSTEM INTERFACE ${IMATH_INCLUDE_DIR})
dependency(nifti niftiio znz)
find_path(NIFTI_INCLUDE_DIR znzlib.h PATH_SUFFIXES nifti REQUIRED)
target_include_directories(nifti SYSTEM INTERFACE ${NIFTI_INCLUDE_DIR})
dependency(hpdf hpdf)
dependency(ev ev)
dependency(dnnl dnnl)
find_package(OpenMP REQUIRED COMPONENTS C)
