// Values written on the command line, for `--param` and `route`.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "pando/convert.h"
#include "pando/result.h"

namespace pando::cli {

// What `7` is without a prefix; a key that is no integer is text however it looks.
enum class PlainDigits : std::uint8_t { kInteger, kText };

// `7` is an integer, anything else text. A prefix says it outright: int:7, real:1.5, text:7,
// hex:00ff (binary), null: (NULL).
// Errors: kUsage if what follows a prefix does not fit it; the message does not repeat the value.
Result<OwnedValue> parse_parameter(std::string_view text,
                                   PlainDigits digits = PlainDigits::kInteger);
Result<std::vector<OwnedValue>> parse_parameters(const std::vector<std::string>& texts);

// Views of the values; valid as long as they are unchanged.
std::vector<Value> views(const std::vector<OwnedValue>& values);

}  // namespace pando::cli
