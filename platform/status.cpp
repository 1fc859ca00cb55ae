#include "platform/status.hpp"

#include <cstdio>
#include <cstdlib>

namespace levada {

void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "levada: internal error at %s:%d: %s\n", file, line, condition);
  std::abort();
}

std::string code_text(errc code) {
  char text[12];
  std::snprintf(text, sizeof text, "LV%04u", static_cast<unsigned>(code));
  return text;
}

status::status(errc code, std::string message) {
  check(code != errc::ok);
  rep_ = std::make_shared<const rep>(rep{code, std::move(message)});
}

status status::at(std::string_view where) const {
  if (ok()) return *this;
  return {code(), std::string(where) + ": " + rep_->message};
}

std::string status::to_string() const { return ok() ? "ok" : code_text(code()) + ": " + rep_->message; }

} // namespace levada
