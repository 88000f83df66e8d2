# SPDX-License-Identifier: MIT
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(FROND_TRIPLET aarch64-linux-gnu)
set(FROND_LIBRARIES aarch64-linux-gnu)
set(FROND_QEMU qemu-aarch64-static)
include("${CMAKE_CURRENT_LIST_DIR}/debian.cmake")
