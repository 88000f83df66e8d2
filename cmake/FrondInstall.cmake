# SPDX-License-Identifier: MIT
# The installed package: frondConfig.cmake and frond.pc.  Targets and headers install themselves.
# What is installed belongs to one of three components: library (what a program needs to run),
# development, program.

include(CMakePackageConfigHelpers)

get_property(public_libs GLOBAL PROPERTY FROND_PUBLIC_LIBS)
get_property(private_libs GLOBAL PROPERTY FROND_PRIVATE_LIBS)
set(all_libs ${public_libs} ${private_libs})
list(REMOVE_DUPLICATES all_libs)
list(REMOVE_DUPLICATES public_libs)

# ---- CMake: who links our archives links what is below them, who links our shared libraries
# needs only what our headers show ----
if(BUILD_SHARED_LIBS)
  set(FROND_CONFIG_LIBS ${public_libs})
else()
  set(FROND_CONFIG_LIBS ${all_libs})
endif()
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/frond")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/frondConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/cmake/frondConfig.cmake" INSTALL_DESTINATION "${package_dir}")
# Below 1.0 a minor version may change anything.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/cmake/frondConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/cmake/frondConfig.cmake"
  "${PROJECT_BINARY_DIR}/cmake/frondConfigVersion.cmake"
  DESTINATION "${package_dir}" COMPONENT development)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/FrondDependencies.cmake"
  DESTINATION "${package_dir}" COMPONENT development RENAME frondDependencies.cmake)
install(FILES "${PROJECT_SOURCE_DIR}/sdk/gdb/frond-gdb.py" DESTINATION "${CMAKE_INSTALL_DATADIR}/frond"
  COMPONENT development)
install(EXPORT frondTargets NAMESPACE frond:: DESTINATION "${package_dir}" COMPONENT development)

# ---- pkg-config; what a shared library needs it names itself, and no header of ours includes it ----
set(FROND_PC_REQUIRES "")
set(FROND_PC_LIBS_PRIVATE "")
foreach(library IN LISTS FROND_CONFIG_LIBS)
  if(library STREQUAL "uv")
    list(APPEND FROND_PC_REQUIRES "libuv >= ${FROND_MINIMUM_uv}")
  elseif(library STREQUAL "cares")
    list(APPEND FROND_PC_REQUIRES "libcares >= ${FROND_MINIMUM_cares}")
  elseif(library STREQUAL "idn2") # not required: its own file asks for libunistring's, which nothing here needs
    list(APPEND FROND_PC_LIBS_PRIVATE "-lidn2")
  elseif(library STREQUAL "openssl")
    list(APPEND FROND_PC_REQUIRES "openssl >= ${FROND_MINIMUM_openssl}")
  elseif(library STREQUAL "zlib")
    list(APPEND FROND_PC_REQUIRES "zlib")
  elseif(library STREQUAL "threads")
    if(NOT WIN32)
      list(APPEND FROND_PC_LIBS_PRIVATE "-pthread")
    endif()
  elseif(library STREQUAL "dl")
    foreach(name IN LISTS CMAKE_DL_LIBS)
      list(APPEND FROND_PC_LIBS_PRIVATE "-l${name}")
    endforeach()
  elseif(library MATCHES "^-|::")
    list(APPEND FROND_PC_LIBS_PRIVATE "${library}")
  else()
    list(APPEND FROND_PC_LIBS_PRIVATE "-l${library}")
  endif()
endforeach()
list(FILTER FROND_PC_LIBS_PRIVATE EXCLUDE REGEX "::")
list(REMOVE_DUPLICATES FROND_PC_LIBS_PRIVATE)
list(JOIN FROND_PC_REQUIRES ", " FROND_PC_REQUIRES)
list(JOIN FROND_PC_LIBS_PRIVATE " " FROND_PC_LIBS_PRIVATE)

# From the top down: a linker reads archives once, from left to right.
set(modules ${FROND_MODULES})
list(REVERSE modules)
set(FROND_PC_LIBS "")
foreach(module IN LISTS modules)
  string(APPEND FROND_PC_LIBS " -lfrond_${module}")
endforeach()
set(FROND_PC_CFLAGS "")
if(BUILD_SHARED_LIBS)
  set(FROND_PC_CFLAGS " -DFROND_SHARED")
endif()

# Relative to the .pc file, so that `cmake --install --prefix` and moving the tree both work.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(FROND_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
  set(FROND_PC_LIBDIR "${CMAKE_INSTALL_FULL_LIBDIR}")
  set(FROND_PC_INCLUDEDIR "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(FROND_PC_PREFIX "\${pcfiledir}/${up}")
  set(FROND_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(FROND_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/frond.pc.in" "${PROJECT_BINARY_DIR}/cmake/frond.pc"
  @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/cmake/frond.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
