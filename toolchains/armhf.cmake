# 32-bit ARM with hardware floating point on Debian 12: toolchains/sysroot.sh armhf, then cmake --preset armhf.
set(levada_arch armhf)
set(levada_triplet arm-linux-gnueabihf)
set(levada_emulator qemu-arm)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
include(${CMAKE_CURRENT_LIST_DIR}/cmake/cross.cmake)
