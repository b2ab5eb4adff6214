// Result<T>: a value or an Error. See pando/error.h.

#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "pando/error.h"

namespace pando {

template <typename T>
using Result = tl::expected<T, Error>;

// fail(ErrorCode::kSyntax, "...") converts to any Result<T>.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error(code, std::move(message)));
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace pando

#define PANDO_CONCAT_INNER(a, b) a##b
#define PANDO_CONCAT(a, b) PANDO_CONCAT_INNER(a, b)

// Evaluates a Result; returns its error from the enclosing function, or assigns its value.
//   PANDO_ASSIGN(auto plan, make_plan(statement));
#define PANDO_ASSIGN(target, expression) \
  PANDO_ASSIGN_IMPL(PANDO_CONCAT(pando_result_, __LINE__), target, expression)
#define PANDO_ASSIGN_IMPL(result, target, expression)                              \
  auto result = (expression);                                                      \
  if (!result) return ::tl::unexpected<::pando::Error>(std::move(result).error()); \
  target = std::move(result).value()

// Evaluates a Result<void>; returns its error from the enclosing function.
#define PANDO_TRY(expression)                                                       \
  do {                                                                              \
    if (auto pando_try_result = (expression); !pando_try_result)                    \
      return ::tl::unexpected<::pando::Error>(std::move(pando_try_result).error()); \
  } while (false)
