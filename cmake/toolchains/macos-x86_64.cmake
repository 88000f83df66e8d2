# SPDX-License-Identifier: MIT
set(FROND_CPU x86_64)
include("${CMAKE_CURRENT_LIST_DIR}/macos.cmake")
