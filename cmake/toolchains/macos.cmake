# SPDX-License-Identifier: MIT
# macOS by zig, which has Apple's headers and the names in its libraries: programs are compiled and
# linked, not run.  The files that include this set FROND_CPU.  FROND_CROSS_DIR is what
# ci/cross/setup.sh printed.
set(FROND_CROSS_DIR "$ENV{FROND_CROSS_DIR}" CACHE PATH "Libraries of the target")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FROND_CROSS_DIR)

set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR ${FROND_CPU})
set(CMAKE_C_COMPILER "${FROND_CROSS_DIR}/bin/cc")
set(CMAKE_ASM_COMPILER "${FROND_CROSS_DIR}/bin/cc")
set(CMAKE_AR "${FROND_CROSS_DIR}/bin/ar" CACHE FILEPATH "")
set(CMAKE_RANLIB "${FROND_CROSS_DIR}/bin/ranlib" CACHE FILEPATH "")
find_program(CMAKE_INSTALL_NAME_TOOL NAMES llvm-install-name-tool-14 llvm-install-name-tool)
# zig refuses the linker's -v, by which CMake would find these out.
set(CMAKE_C_ABI_COMPILED TRUE)
set(CMAKE_C_SIZEOF_DATA_PTR 8)
set(CMAKE_SIZEOF_VOID_P 8)
set(CMAKE_FIND_ROOT_PATH "${FROND_CROSS_DIR}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
