#include "tests/contract/contract.h"

#include <charconv>

namespace pando::drivers {

std::ostream& operator<<(std::ostream& out, const Cell& cell) {
  constexpr const char* kNames[] = {"null", "int", "uint", "double", "text", "bytes"};
  out << kNames[static_cast<int>(cell.kind)] << ":";
  const std::string shown = cell.text.substr(0, 80);
  for (char c : shown) {
    if (c >= ' ' && c <= '~') {
      out << c;
    } else {
      out << "<" << static_cast<int>(static_cast<unsigned char>(c)) << ">";
    }
  }
  if (cell.text.size() > shown.size()) out << "... (" << cell.text.size() << " bytes)";
  return out;
}

Cell null_cell() { return {}; }
Cell int_cell(std::int64_t value) { return {ValueKind::kInt, std::to_string(value)}; }
Cell uint_cell(std::uint64_t value) { return {ValueKind::kUint, std::to_string(value)}; }
Cell text_cell(std::string text) { return {ValueKind::kText, std::move(text)}; }
Cell bytes_cell(std::string bytes) { return {ValueKind::kBytes, std::move(bytes)}; }
Cell double_cell(double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return {ValueKind::kDouble, std::string(text, end.ptr)};
}

Cell cell(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return null_cell();
    case ValueKind::kInt:
      return int_cell(value.as_int());
    case ValueKind::kUint:
      return uint_cell(value.as_uint());
    case ValueKind::kDouble:
      return double_cell(value.as_double());
    case ValueKind::kText:
      return text_cell(std::string(value.as_string()));
    case ValueKind::kBytes:
      return bytes_cell(std::string(value.as_string()));
  }
  return {};
}

Value value_of(const Cell& cell) {
  switch (cell.kind) {
    case ValueKind::kNull:
      return Value::null();
    case ValueKind::kInt:
      return Value::of_int(std::stoll(cell.text));
    case ValueKind::kUint:
      return Value::of_uint(std::stoull(cell.text));
    case ValueKind::kDouble: {
      double value = 0;
      std::from_chars(cell.text.data(), cell.text.data() + cell.text.size(), value);
      return Value::of_double(value);
    }
    case ValueKind::kText:
      return Value::of_text(cell.text);
    case ValueKind::kBytes:
      return Value::of_bytes(cell.text);
  }
  return {};
}

std::vector<std::uint32_t> places_of(std::string_view sql) {
  std::vector<std::uint32_t> places;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '?') places.push_back(static_cast<std::uint32_t>(i));
  }
  return places;
}

Result<Reply> run(Connection& connection, Way way, std::string_view sql,
                  const std::vector<Value>& parameters) {
  const auto places = places_of(sql);
  Query query{.sql = sql, .parameters = parameters};
  if (way != Way::kPrepared) {
    query.parameter_offsets = places;
    query.prepare = false;
  }
  if (way == Way::kCursor) query.cursor_bytes = 1000;
  return connection.run(query);
}

WriteResult write(Connection& connection, std::string_view sql,
                  const std::vector<Value>& parameters, Way way) {
  auto reply = run(connection, way, sql, parameters);
  if (!reply) {
    ADD_FAILURE() << sql.substr(0, 200) << ": " << reply.error().message() << " | "
                  << reply.error().native_message();
    return {};
  }
  if (!reply->rows) return reply->write;
  auto more = reply->rows->next();
  while (more && *more) more = reply->rows->next();
  EXPECT_TRUE(more);
  return reply->write;
}

Cells rows(Connection& connection, std::string_view sql, const std::vector<Value>& parameters,
           Way way) {
  Cells result;
  auto reply = run(connection, way, sql, parameters);
  if (!reply || !reply->rows) {
    ADD_FAILURE() << sql.substr(0, 200) << ": "
                  << (reply ? "no rows"
                            : reply.error().message() + " | " + reply.error().native_message());
    return result;
  }
  for (;;) {
    auto more = reply->rows->next();
    if (!more) {
      ADD_FAILURE() << sql.substr(0, 200) << ": " << more.error().message();
      return result;
    }
    if (!*more) return result;
    std::vector<Cell> row;
    for (const Value& value : reply->rows->row()) row.push_back(cell(value));
    result.push_back(std::move(row));
  }
}

Error error_of(Result<Reply> reply) {
  EXPECT_FALSE(reply) << "expected a failure";
  if (reply) return Error(ErrorCode::kInternal, "no error");
  return reply.error();
}

std::string error_name(const Error& error) { return std::string(error.info().name); }

Site::Site(Dialect dialect) : dialect_(dialect) {
  if (dialect == Dialect::kMySql) {
    database_ = std::make_unique<test::TestDatabase>();
    return;
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "pando_site_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  directory_ = pattern;
}

Site::~Site() {
  if (!directory_.empty()) std::filesystem::remove_all(directory_);
}

ConnectOptions Site::options() const {
  if (is_mysql()) return database_->options();
  ConnectOptions result;
  result.dialect = Dialect::kSqlite;
  result.name = "shop0";
  result.path = (directory_ / "shop.db").string();
  return result;
}

ConnectionPtr Site::connect() const {
  auto connection = driver_for(dialect_).connect(options());
  if (!connection) {
    ADD_FAILURE() << connection.error().message() << " | " << connection.error().native_message();
    return nullptr;
  }
  return std::move(*connection);
}

}  // namespace pando::drivers
