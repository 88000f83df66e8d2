# SPDX-License-Identifier: MIT
set(FROND_CPU arm64)
include("${CMAKE_CURRENT_LIST_DIR}/macos.cmake")
