#include "router/sql/charsets.h"

#include <array>

#include "pando/names.h"

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

}  // namespace

bool is_charset(std::string_view name) {
  for (const std::string_view charset : kCharsets) {
    if (same_name(name, charset)) return true;
  }
  return false;
}

}  // namespace pando::sql
