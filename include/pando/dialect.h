// The SQL dialect that a data source speaks, and so the one that its statements are parsed in.

#pragma once

#include <cstdint>

namespace pando {

enum class Dialect : std::uint8_t { kMySql, kSqlite };

}  // namespace pando
