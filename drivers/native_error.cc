#include "drivers/native_error.h"

namespace pando::drivers {

namespace {

// "orders_0" of SQLite's "no such table: orders_0" and of MySQL's "Table 'shop.orders_0' doesn't
// exist"; "" if the message is another one.
std::string_view table_in(std::string_view message) {
  constexpr std::string_view kSqlite = "no such table: ";
  if (message.substr(0, kSqlite.size()) == kSqlite) return message.substr(kSqlite.size());
  const std::size_t begin = message.find('\'');
  const std::size_t end = message.find('\'', begin + 1);
  if (begin == std::string_view::npos || end == std::string_view::npos) return {};
  return message.substr(begin + 1, end - begin - 1);
}

}  // namespace

Error make_native_error(const std::string& data_source, std::string_view product,
                        const NativeError& native) {
  std::string text = data_source;
  if (!text.empty()) text += ": ";
  const std::string_view table =
      native.code == ErrorCode::kUnknownTable ? table_in(native.message) : std::string_view();
  if (table.empty()) {
    text += native.fact;
  } else {
    text += "there is no table `";
    text += table;
    text += '`';
  }
  if (native.number != 0) {
    text += " (";
    text += product;
    text += " error " + std::to_string(native.number) + ")";
  }
  Error error = Error(native.code, std::move(text))
                    .with_native(native.fault, native.number, native.sqlstate, native.message)
                    .with_data_source(data_source)
                    .with_retryable(native.retryable);
  if (native.code == ErrorCode::kUnknownTable) error = std::move(error).with_remedy(kCreateTable);
  if (!native.remedy.empty()) error = std::move(error).with_remedy(native.remedy);
  return error;
}

}  // namespace pando::drivers
