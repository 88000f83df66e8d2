# SPDX-License-Identifier: MIT
# Debian's cross compiler for another CPU, against Debian's packages for it.  The files that include this
# set FROND_TRIPLET, FROND_LIBRARIES (the folder's name below lib) and FROND_QEMU (none: the machine runs
# the programs itself, with the target's libraries).  FROND_CROSS_DIR is what ci/cross/setup.sh printed.
set(FROND_CROSS_DIR "$ENV{FROND_CROSS_DIR}" CACHE PATH "Packages of the target")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FROND_CROSS_DIR)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${FROND_TRIPLET}-gcc)
set(CMAKE_CXX_COMPILER ${FROND_TRIPLET}-g++)
set(CMAKE_SYSROOT "${FROND_CROSS_DIR}")
set(CMAKE_LIBRARY_ARCHITECTURE ${FROND_LIBRARIES})
set(CMAKE_FIND_ROOT_PATH "${FROND_CROSS_DIR}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
if(FROND_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${FROND_QEMU} -L "${FROND_CROSS_DIR}")
else()
  file(GLOB loader "${FROND_CROSS_DIR}/lib/ld-linux*.so.2")
  set(CMAKE_CROSSCOMPILING_EMULATOR ${loader} --library-path
    "${FROND_CROSS_DIR}/lib/${FROND_LIBRARIES}:${FROND_CROSS_DIR}/usr/lib/${FROND_LIBRARIES}")
endif()
