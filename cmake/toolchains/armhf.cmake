# SPDX-License-Identifier: MIT
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(FROND_TRIPLET arm-linux-gnueabihf)
set(FROND_LIBRARIES arm-linux-gnueabihf)
set(FROND_QEMU qemu-arm-static)
include("${CMAKE_CURRENT_LIST_DIR}/debian.cmake")
