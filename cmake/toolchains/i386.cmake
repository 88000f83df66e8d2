# SPDX-License-Identifier: MIT
set(CMAKE_SYSTEM_PROCESSOR i686)
set(FROND_TRIPLET i686-linux-gnu)
set(FROND_LIBRARIES i386-linux-gnu)
include("${CMAKE_CURRENT_LIST_DIR}/debian.cmake")
