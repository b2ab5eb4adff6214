#include "router/sql/charsets.h"

#include <array>

namespace pando::sql {
namespace {

constexpr auto kCharsets = std::to_array<std::string_view>({
    "armscii8", "ascii",   "big5",    "binary",  "cp1250", "cp1251",  "cp1256",  "cp1257",
    "cp850",    "cp852",   "cp866",   "cp932",   "dec8",   "eucjpms", "euckr",   "filename",
    "gb18030",  "gb2312",  "gbk",     "geostd8", "greek",  "hebrew",  "hp8",     "keybcs2",
    "koi8r",    "koi8u",   "latin1",  "latin2",  "latin5", "latin7",  "macce",   "macroman",
    "sjis",     "swe7",    "tis620",  "ucs2",    "ujis",   "utf16",   "utf16le", "utf32",
    "utf8",     "utf8mb3", "utf8mb4",
});

bool equals(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char c = a[i] >= 'A' && a[i] <= 'Z' ? static_cast<char>(a[i] | 0x20) : a[i];
    if (c != lower[i]) return false;
  }
  return true;
}

}  // namespace

bool is_charset(std::string_view name) {
  for (const std::string_view charset : kCharsets) {
    if (equals(name, charset)) return true;
  }
  return false;
}

}  // namespace pando::sql
