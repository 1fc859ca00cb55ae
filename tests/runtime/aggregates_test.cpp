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

// One call over `groups` accumulators.
class accumulators {
 public:
  accumulators(const std::string& name, const data_type& type, bool distinct, bool updating, size_t groups)
      : input_{{{"v", type}}} {
    auto plugins = harness::plugins();
    const aggregate_call call{name, {0}, -1, distinct, {}};
    auto s = set_.open({&call, 1}, input_, updating, *plugins);
    INFO(s.to_string());
    REQUIRE(s.ok());
    result_ = (*plugins->aggregate(name)->bind(aggregate_request{{type}, distinct, updating}))->result_type;
    memory_.resize(set_.block_bytes() / sizeof(int128) * groups);
    for (size_t i = 0; i < groups; ++i)
      blocks_.push_back(reinterpret_cast<std::byte*>(memory_.data()) + i * set_.block_bytes());
  }
  ~accumulators() {
    for (std::byte* block : blocks_) set_.destroy(block);
  }
  accumulators(const accumulators&) = delete;

  void update(size_t group, const cell& value, row_kind kind = row_kind::insert) {
    batch_builder builder{input_, watermark_none};
    push_cell(builder.at(0), value);
    builder.end_row(kind);
    batch in = builder.take();
    set_.update(&blocks_[group], in, in.selected());
  }
  void merge(size_t into, size_t from) { set_.merge(&blocks_[into], &blocks_[from], 1); }
  void save_and_load(size_t group) {
    std::string saved;
    set_.save(blocks_[group], saved);
    set_.destroy(blocks_[group]);
    std::fill_n(blocks_[group], set_.block_bytes(), std::byte{0});
    REQUIRE(set_.load(blocks_[group], saved).ok());
  }
  std::string result(size_t group) {
    column out{result_};
    set_.finish(&blocks_[group], 1, 0, out);
    return cell_text(out, 0);
  }

 private:
  schema input_;
  aggregate_set set_;
  data_type result_;
  std::vector<int128> memory_; // as aligned as blocks must be
  std::vector<std::byte*> blocks_;
};

// Results of one call over one group after each of the changes; what was saved and loaded in between must not matter.
texts results(const std::string& name, const data_type& type, const std::vector<change>& changes, bool distinct = false,
              bool updating = false) {
  accumulators one{name, type, distinct, updating, 1};
  texts found;
  for (const change& each : changes) {
    one.update(0, each.value, each.kind);
    one.save_and_load(0);
    found.push_back(one.result(0));
  }
  return found;
}

texts last(texts all) { return {all.back()}; }

// The same values in two slices, merged.
std::string merged(const std::string& name, const data_type& type, const std::vector<cell>& first,
                   const std::vector<cell>& second, bool distinct = false) {
  accumulators two{name, type, distinct, false, 2};
  for (const cell& value : first) two.update(0, value);
  for (const cell& value : second) two.update(1, value);
  two.merge(0, 1);
  return two.result(0);
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
