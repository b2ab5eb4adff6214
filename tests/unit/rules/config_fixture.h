// What the tests of the configuration share.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "rules/config.h"

namespace pando::rules {

// A function of the application: the sum of its columns.
class SumFunction final : public ShardingFunction {
 public:
  Result<std::size_t> locate(std::span<const Value> key, std::size_t places) const override {
    std::int64_t sum = 0;
    for (const Value& v : key) sum += v.as_int();
    return static_cast<std::size_t>(sum) % places;
  }
};

// An environment of its own, relative paths at /srv, and the function `sum`.
inline ConfigOptions test_options(std::map<std::string, std::string> variables = {}) {
  ConfigOptions options;
  options.functions["sum"] = std::make_shared<SumFunction>();
  options.environment = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  options.directory = "/srv";
  return options;
}

// Line and column (bytes, from 1) of an offset.
struct LineColumn {
  std::size_t line = 1;
  std::size_t column = 1;
};
inline LineColumn line_column(std::string_view text, std::uint32_t offset) {
  LineColumn at;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      ++at.column;
    }
  }
  return at;
}

}  // namespace pando::rules
