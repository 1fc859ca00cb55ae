// What a fuzz target is. Built with Clang and -DLEVADA_FUZZER=ON it is a libFuzzer program, led by coverage; otherwise
// driver.cpp runs it over its seeds and a number of mutations of them, the same ones for the same --seed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace levada::fuzz {

// Checks what must hold of any input; stops the process when it does not.
void one_input(std::string_view bytes);

// Inputs that get past the first branches.
std::vector<std::string> seeds();

} // namespace levada::fuzz
