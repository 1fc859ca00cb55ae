// Expected values were taken from Flink 2.2.1, but for DECIMAL overflow within a sum.
#include <catch2/catch.hpp>

#include "runtime/operators/aggregate_set.hpp"
#include "tests/runtime/operator_harness.hpp"

using namespace levada;
using namespace levada::testing;
using texts = std::vector<std::string>;

namespace {

struct change {
  cell value;
  row_kind kind = row_kind::insert;
};

// Results of one call over one group after each of the changes; what was saved and loaded in between must not matter.
texts results(const std::string& name, const data_type& type, const std::vector<change>& changes, bool distinct = false,
              bool updating = false) {
  auto plugins = harness::plugins();
  schema input{{{"v", type}}};
  aggregate_call call;
  call.name = name;
  call.args = {0};
  call.distinct = distinct;
  aggregate_set set;
  auto s = set.open({&call, 1}, input, updating, *plugins);
  INFO(s.to_string());
  REQUIRE(s.ok());
  auto type_of_result = [&] {
    aggregate_request request{{type}, distinct, updating};
    return (*plugins->aggregate(name)->bind(request))->result_type;
  }();
  std::vector<int128> memory(set.block_bytes() / 16);
  auto* block = reinterpret_cast<std::byte*>(memory.data());
  texts found;
  for (const change& one : changes) {
    batch_builder builder{input, watermark_none};
    push_cell(builder.at(0), one.value);
    builder.end_row(one.kind);
    batch in = builder.take();
    set.update(&block, in, in.selected());

    std::string saved;
    set.save(block, saved);
    set.destroy(block);
    std::fill(memory.begin(), memory.end(), int128{0});
    REQUIRE(set.load(block, saved).ok());

    column out{type_of_result};
    set.finish(&block, 1, 0, out);
    found.push_back(cell_text(out, 0));
  }
  set.destroy(block);
  return found;
}

texts last(texts all) { return {all.back()}; }

// The same values in two slices, merged.
std::string merged(const std::string& name, const data_type& type, std::vector<cell> first, std::vector<cell> second,
                   bool distinct = false) {
  auto plugins = harness::plugins();
  schema input{{{"v", type}}};
  aggregate_call call;
  call.name = name;
  call.args = {0};
  call.distinct = distinct;
  aggregate_set set;
  REQUIRE(set.open({&call, 1}, input, false, *plugins).ok());
  std::vector<int128> memory(set.block_bytes() / 16 * 2);
  std::byte* blocks[] = {reinterpret_cast<std::byte*>(memory.data()),
                         reinterpret_cast<std::byte*>(memory.data()) + set.block_bytes()};
  for (int slice = 0; slice < 2; ++slice) {
    for (const cell& value : slice == 0 ? first : second) {
      batch_builder builder{input, watermark_none};
      push_cell(builder.at(0), value);
      builder.end_row();
      batch in = builder.take();
      set.update(&blocks[slice], in, in.selected());
    }
  }
  set.merge(&blocks[0], &blocks[1], 1);
  aggregate_request request{{type}, distinct, false};
  column out{(*plugins->aggregate(name)->bind(request))->result_type};
  set.finish(&blocks[0], 1, 0, out);
  set.destroy(blocks[0]);
  set.destroy(blocks[1]);
  return cell_text(out, 0);
}

const std::vector<change> retracting{{5},
                                     {3},
                                     {5},
                                     {9},
                                     {5, row_kind::erase},
                                     {9, row_kind::erase},
                                     {3, row_kind::update_before},
                                     {4, row_kind::update_after},
                                     {5, row_kind::erase}};

} // namespace

TEST_CASE("COUNT counts values that are not NULL") {
  CHECK(results("COUNT", data_type::integer(), {{null}, {1}, {null}, {1}}) == texts{"0", "1", "1", "2"});
}

TEST_CASE("SUM keeps the type of its argument and wraps; a sum of nothing is NULL") {
  CHECK(results("SUM", data_type::tinyint(), {{null}, {100}, {100}, {-7}}) == texts{"null", "100", "-56", "-63"});
  CHECK(results("SUM", data_type::integer(), {{2147483647}, {2147483647}}) == texts{"2147483647", "-2"});
}

TEST_CASE("AVG of integers is truncated towards zero and does not wrap") {
  CHECK(results("AVG", data_type::tinyint(), {{100}, {100}, {1}}) == texts{"100", "100", "67"});
  CHECK(results("AVG", data_type::integer(), {{-1}, {-2}}) == texts{"-1", "-1"});
  CHECK(last(results("AVG", data_type::float64(), {{0.5}, {null}, {1.0}})) == texts{"0.750000"});
}

TEST_CASE("AVG of DECIMAL has at least six digits behind the point and rounds half up") {
  // 1.00, 1.00 and 0.00 of DECIMAL(10, 2), then with the sign changed
  CHECK(last(results("AVG", data_type::decimal(10, 2), {{100}, {100}, {0}})) == texts{"666667"});
  CHECK(last(results("AVG", data_type::decimal(10, 2), {{-100}, {-100}, {0}})) == texts{"-666667"});
}

TEST_CASE("a DECIMAL sum of more than 38 digits is NULL") {
  auto plugins = harness::plugins();
  aggregate_request request{{data_type::decimal(38, 0)}, false, false};
  auto sum = *plugins->aggregate("SUM")->bind(request);
  alignas(16) std::byte slot[64] = {};
  REQUIRE(sum->slot_bytes <= sizeof slot);
  column huge{data_type::decimal(38, 0)};
  int128 value = 9;
  for (int i = 0; i < 37; ++i) value = value * 10 + 9;
  huge.push(value);
  huge.push(int128{1});
  std::byte* blocks[] = {slot, slot};
  const column* args[] = {&huge};
  sum->update(blocks, 0, {nullptr, 2}, args, nullptr);
  column out{sum->result_type};
  sum->finish(blocks, 0, 1, out);
  CHECK(out.is_null(0));
}

TEST_CASE("MIN and MAX take any comparable type") {
  CHECK(results("MIN", data_type::integer(), {{null}, {5}, {7}, {-1}}) == texts{"null", "5", "5", "-1"});
  CHECK(results("MAX", data_type::string(), {{"b"}, {"a"}, {"ba"}, {"a text that is longer"}}) ==
        texts{"b", "b", "ba", "ba"});
  CHECK(last(results("MIN", data_type::boolean(), {{1}, {0}})) == texts{"false"});
  auto plugins = harness::plugins();
  aggregate_request request{{data_type::array(data_type::integer())}, false, false};
  CHECK(plugins->aggregate("MIN")->bind(request).error().code() == errc::type_mismatch);
}

TEST_CASE("aggregates follow retractions") {
  auto run = [](const char* name, bool distinct = false) {
    return results(name, data_type::integer(), retracting, distinct, true);
  };
  CHECK(run("COUNT") == texts{"1", "2", "3", "4", "3", "2", "1", "2", "1"});
  CHECK(run("SUM") == texts{"5", "8", "13", "22", "17", "8", "5", "9", "4"});
  CHECK(run("AVG") == texts{"5", "4", "4", "5", "5", "4", "5", "4", "4"});
  CHECK(run("MIN") == texts{"5", "3", "3", "3", "3", "3", "5", "4", "4"});
  CHECK(run("MAX") == texts{"5", "5", "5", "9", "9", "5", "5", "5", "4"});
  CHECK(run("FIRST_VALUE") == texts{"5", "5", "5", "5", "3", "3", "5", "5", "4"});
  CHECK(run("LAST_VALUE") == texts{"5", "3", "5", "9", "9", "5", "5", "4", "4"});
  CHECK(run("COUNT", true) == texts{"1", "2", "2", "3", "3", "2", "1", "2", "1"});
  CHECK(run("SUM", true) == texts{"5", "8", "8", "17", "17", "8", "5", "9", "4"});
}

TEST_CASE("DISTINCT counts a value once, and NULL never") {
  CHECK(results("COUNT", data_type::string(), {{"a"}, {"b"}, {"a"}, {null}}, true) == texts{"1", "2", "2", "2"});
}

TEST_CASE("FIRST_VALUE and LAST_VALUE pass over NULL") {
  CHECK(results("FIRST_VALUE", data_type::string(), {{null}, {"x"}, {"y"}}) == texts{"null", "x", "x"});
  CHECK(results("LAST_VALUE", data_type::string(), {{"x"}, {null}, {"a longer text than twelve"}}) ==
        texts{"x", "x", "a longer text than twelve"});
}

TEST_CASE("variance is computed in the arithmetic of the argument's type") {
  CHECK(results("VAR_SAMP", data_type::integer(), {{1}, {2}, {-7}}) == texts{"null", "1", "24"});
  CHECK(results("STDDEV_SAMP", data_type::integer(), {{1}, {2}, {-7}}) == texts{"null", "1", "4"});
  CHECK(results("STDDEV_POP", data_type::integer(), {{1}, {2}, {-7}}) == texts{"0", "0", "4"});
  CHECK(results("STDDEV_SAMP", data_type::bigint(), {{1}, {2}, {5}}) == texts{"null", "1", "2"});
  CHECK(last(results("VAR_SAMP", data_type::float64(), {{0.1}, {0.2}, {0.4}})) == texts{"0.023333"});
  // 1.25, 2.50, -7.11 of DECIMAL(10, 2)
  CHECK(results("VAR_SAMP", data_type::decimal(10, 2), {{125}, {250}, {-711}}) == texts{"null", "781250", "27300700"});
  CHECK(last(results("STDDEV_SAMP", data_type::decimal(10, 2), {{125}, {250}, {-711}})) == texts{"5225007"});
  // The same values of DECIMAL(12, 4), whose squares have more digits than the result.
  CHECK(last(results("VAR_SAMP", data_type::decimal(12, 4), {{12500}, {25000}, {-71100}})) == texts{"27300700"});
}

TEST_CASE("LISTAGG joins values in order, and a retraction takes out the first equal one") {
  CHECK(last(results("LISTAGG", data_type::string(), {{"x"}, {null}, {"y"}, {"zz"}})) == texts{"x,y,zz"});
  CHECK(results("LISTAGG", data_type::string(), {{"a"}, {"b"}, {"a", row_kind::erase}, {"b", row_kind::erase}}, false,
                true) == texts{"a", "a,b", "b", "null"});
  CHECK(last(results("LISTAGG", data_type::string(), {{"x"}, {"y"}, {"x"}}, true)) == texts{"x,y"});
}

TEST_CASE("merged slices give what one slice would") {
  CHECK(merged("COUNT", data_type::integer(), {1, null}, {2}) == "2");
  CHECK(merged("SUM", data_type::integer(), {1}, {2, 3}) == "6");
  CHECK(merged("AVG", data_type::float64(), {1.0}, {2.0}) == "1.500000");
  CHECK(merged("MIN", data_type::string(), {"b"}, {"a"}) == "a");
  CHECK(merged("MAX", data_type::integer(), {}, {4}) == "4");
  CHECK(merged("FIRST_VALUE", data_type::integer(), {}, {4, 5}) == "4");
  CHECK(merged("LAST_VALUE", data_type::integer(), {1}, {4, 5}) == "5");
  CHECK(merged("VAR_SAMP", data_type::integer(), {1, 2}, {-7}) == "24");
  CHECK(merged("LISTAGG", data_type::string(), {"a"}, {"b"}) == "a,b");
  CHECK(merged("COUNT", data_type::integer(), {1, 2}, {2, 3}, true) == "3");
}
