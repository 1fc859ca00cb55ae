// The bind step of an ordinary function: a list of signatures, of which the first that fits is taken.
#pragma once

#include <string>
#include <vector>

#include "runtime/functions/function.hpp"
#include "runtime/registry.hpp"

namespace levada {

// How long a text result may be. `fixed`: as the overload says.
enum class text_length : uint8_t { fixed, of_first_argument, at_most_first_argument };

struct overload {
  std::vector<data_type> parameters; // implicitly castable arguments fit; the binder casts them
  data_type result;                  // nullable when an argument is, or when `may_be_null`
  kernel run;
  bool may_be_null = false; // NULL without a NULL argument
  bool deterministic = true;
  text_length length = text_length::fixed;
};

// What to register under `name`. `signature` is shown when nothing fits.
function_definition overloaded(std::string name, std::string signature, std::string summary,
                               std::vector<overload> overloads);

bool any_nullable(std::span<const data_type> types);
// The argument as the function takes it: `parameter`, unless the value lies in memory the same way already.
data_type argument_type(const data_type& given, const data_type& parameter);
// errc::type_mismatch: "UPPER(INT, INT): expected UPPER(string)".
status bad_arguments(std::string_view name, std::string_view signature, std::span<const data_type> given);
// The text of a string literal argument; errc::invalid_argument when it is none.
result<std::string> literal_text(const bind_request& request, size_t argument, std::string_view what);

} // namespace levada
