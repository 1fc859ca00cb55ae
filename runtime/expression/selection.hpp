// From truth values to the rows they select.
#pragma once

#include <vector>

#include "runtime/batch.hpp"

namespace levada {

// Appends those of `rows` where `truths` is TRUE, in order.
void select_true(const column& truths, row_set rows, std::vector<uint32_t>& out);

// mask[i] = mask[i] AND (truths is TRUE at i), for masks of 0 and 1; gives the number of ones.
uint32_t and_into(const column& truths, std::vector<uint8_t>& mask);

// Appends the indices of the ones of a mask.
void select_mask(const std::vector<uint8_t>& mask, std::vector<uint32_t>& out);

} // namespace levada
