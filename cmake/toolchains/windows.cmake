# SPDX-License-Identifier: MIT
# mingw-w64 for Windows on x86-64, with static libraries; the programs run under Wine.
# FROND_CROSS_DIR is what ci/cross/setup.sh printed.
set(FROND_CROSS_DIR "$ENV{FROND_CROSS_DIR}" CACHE PATH "Libraries of the target")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FROND_CROSS_DIR)

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32 "${FROND_CROSS_DIR}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# Else libgcc and winpthreads would have to lie beside each program.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(CMAKE_SHARED_LINKER_FLAGS_INIT -static)
set(OPENSSL_USE_STATIC_LIBS TRUE)
# Wine has to have a page at 0x7ffe0000, where the kernel may have put a program's heap at random; a sandbox may forbid
# to ask it not to.
set(fixed_addresses "")
execute_process(COMMAND setarch -R true RESULT_VARIABLE setarch OUTPUT_QUIET ERROR_QUIET)
if(setarch EQUAL 0)
  set(fixed_addresses setarch -R)
endif()
# A program that crashes ends at once: no debugger looks at it.
set(CMAKE_CROSSCOMPILING_EMULATOR env "WINEPREFIX=${FROND_CROSS_DIR}/wine" WINEDEBUG=-all,err+module,err+process,err+virtual
  WINEDLLOVERRIDES=winedbg.exe=d DISPLAY= LC_ALL=C.UTF-8 ${fixed_addresses} wine)
