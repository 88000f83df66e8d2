# SPDX-License-Identifier: MIT
set(CMAKE_SYSTEM_PROCESSOR i686)
set(FROND_TRIPLET i686-linux-gnu)
set(FROND_LIBRARIES i386-linux-gnu)
# gcc notes at each atomic of 64 bits that they were aligned otherwise before gcc 11.
set(CMAKE_C_FLAGS_INIT "-Wno-psabi")
set(CMAKE_CXX_FLAGS_INIT "-Wno-psabi")
include("${CMAKE_CURRENT_LIST_DIR}/debian.cmake")
