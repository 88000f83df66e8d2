# SPDX-License-Identifier: MIT
# Static programs on musl, for this machine's own CPU, which runs them itself.  FROND_CROSS_DIR is what
# ci/cross/setup.sh printed.
set(FROND_CROSS_DIR "$ENV{FROND_CROSS_DIR}" CACHE PATH "Libraries of the target")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FROND_CROSS_DIR)

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_HOST_SYSTEM_PROCESSOR})
set(CMAKE_C_COMPILER "${FROND_CROSS_DIR}/bin/cc")
# The unwinder's tables, which musl-gcc leaves out, and what Debian's libgcc finds them by.
set(CMAKE_EXE_LINKER_FLAGS_INIT
  "-static -Wl,--eh-frame-hdr ${FROND_CROSS_DIR}/lib/dl_find_object.o")
set(CMAKE_FIND_ROOT_PATH "${FROND_CROSS_DIR}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
