#include "actors/input_gate.hpp"

#include <catch2/catch.hpp>

#include "actors/limits.hpp"

using namespace levada;

namespace {

stream_element rows_on(uint32_t input, uint32_t channel, uint32_t rows) {
  batch b;
  b.rows = rows;
  return {input, channel, b};
}

uint32_t rows_of(const std::optional<stream_element>& element) {
  REQUIRE(element);
  return std::get<batch>(element->payload).rows;
}

} // namespace

TEST_CASE("A barrier comes out once every channel has delivered it, after all that was before it") {
  input_gate gate({1, 1});
  gate.push(rows_on(0, 0, 1));
  gate.push({0, 0, barrier{7}});
  gate.push(rows_on(0, 0, 2)); // of the next epoch: must wait
  gate.push(rows_on(1, 0, 3));
  CHECK(rows_of(gate.next()) == 1);
  CHECK(rows_of(gate.next()) == 3);
  CHECK_FALSE(gate.next());
  gate.push({1, 0, barrier{7}});
  auto aligned = gate.next();
  REQUIRE(aligned);
  CHECK(std::get<barrier>(aligned->payload).epoch == 7);
  CHECK(rows_of(gate.next()) == 2);
  CHECK_FALSE(gate.next());
}

TEST_CASE("An ended channel counts as aligned") {
  input_gate gate({2});
  gate.push({0, 0, barrier{1}});
  CHECK_FALSE(gate.next());
  gate.push({0, 1, stream_end{}});
  CHECK(std::holds_alternative<stream_end>(gate.next()->payload));
  CHECK(std::holds_alternative<barrier>(gate.next()->payload));
  CHECK_FALSE(gate.all_ended());
  gate.push({0, 0, stream_end{}});
  CHECK(gate.next());
  CHECK(gate.all_ended());
}

TEST_CASE("Elements stashed during alignment keep their order over two epochs") {
  input_gate gate({1, 1});
  gate.push({0, 0, barrier{1}});
  gate.push(rows_on(0, 0, 1));
  gate.push({0, 0, barrier{2}});
  gate.push(rows_on(0, 0, 2));
  CHECK_FALSE(gate.next());
  gate.push({1, 0, barrier{1}});
  gate.push(rows_on(1, 0, 3));
  CHECK(std::get<barrier>(gate.next()->payload).epoch == 1);
  CHECK(rows_of(gate.next()) == 1);
  CHECK(rows_of(gate.next()) == 3);
  CHECK_FALSE(gate.next());
  gate.push({1, 0, barrier{2}});
  CHECK(std::get<barrier>(gate.next()->payload).epoch == 2);
  CHECK(rows_of(gate.next()) == 2);
}

TEST_CASE("The depth bound is what the credits of all channels allow") {
  input_gate gate({2, 1});
  CHECK(gate.depth_bound() == 3 * (credits_per_channel + control_elements_per_channel));
}
