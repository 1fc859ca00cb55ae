// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) as a stateless mixer: a generator
// adds the step to its state for every value, and a value by number needs none of those before it.
#pragma once

#include <cstdint>

namespace levada {

constexpr uint64_t split_mix_step = 0x9e3779b97f4a7c15;

constexpr uint64_t split_mix(uint64_t x) {
  x += split_mix_step;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

} // namespace levada
