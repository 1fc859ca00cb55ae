# 64-bit ARM on Debian 12: toolchains/sysroot.sh arm64, then cmake --preset arm64.
set(levada_arch arm64)
set(levada_triplet aarch64-linux-gnu)
set(levada_emulator qemu-aarch64)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/cmake/cross.cmake)
