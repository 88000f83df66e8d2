# SPDX-License-Identifier: MIT
# The manual page, and Debian packages by cpack, from a build with the preset package: libfrond0,
# libfrond-dev, frond.

# ---- the manual page is what the program says of itself ----
if(UNIX AND TARGET frond_program AND NOT CMAKE_CROSSCOMPILING AND NOT FROND_SANITIZE)
  set(page "${PROJECT_BINARY_DIR}/frond.1")
  add_custom_command(OUTPUT "${page}"
    COMMAND sh "${PROJECT_SOURCE_DIR}/packaging/man.sh" "$<TARGET_FILE:frond_program>" "${page}"
    DEPENDS frond_program "${PROJECT_SOURCE_DIR}/packaging/man.sh"
    VERBATIM)
  add_custom_target(frond_manual ALL DEPENDS "${page}")
  install(FILES "${page}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT program OPTIONAL)
endif()

if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
  return()
endif()

# Only in packages: Debian wants the licence in each.
function(frond_package_licence component package)
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "share/doc/${package}"
    RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libfrond${FROND_ABI})
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libfrond-dev)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME frond)
frond_package_licence(library libfrond${FROND_ABI})
frond_package_licence(development libfrond-dev)
frond_package_licence(program frond)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME frond)
set(CPACK_PACKAGE_VENDOR frond)
set(CPACK_PACKAGE_CONTACT "The frond authors <frond@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "green sockets for C, and a fetcher of many URLs")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_COMPONENTS_ALL library development program)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENT_DEVELOPMENT_DEPENDS library)
set(CPACK_COMPONENT_PROGRAM_DEPENDS library)
# Backtraces and dumps name functions by the symbol table, so it stays.
set(CPACK_STRIP_FILES OFF)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "")
foreach(module IN LISTS FROND_MODULES)
  list(APPEND CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/${module}")
endforeach()
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION net)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_MULTIARCH same)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_MULTIARCH same)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS libuv1-dev) # <frond/impl/loop.h>

# Below the one line of CPACK_PACKAGE_DESCRIPTION_SUMMARY.
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "Greenlets with stacks of their own, driven by one libuv loop a thread,
and names, TCP, UDP, TLS and HTTP for them, written as plain blocking
code.
.
This package contains the shared libraries.")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "This package contains the headers, the links to the shared libraries, a
CMake package and the file of pkg-config.")
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "This package contains the program frond. frond fetch gets many URLs at
once, in one process or several; frond serve is a small site to try it
on, with a name server of its own.")

include(CPack)
