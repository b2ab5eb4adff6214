#include "router/named_rows.h"

#include <algorithm>
#include <utility>

#include "rules/key_column.h"

namespace pando::router {
namespace {

void add_bytes(std::string& out, const Value& value) {
  const auto add = [&out](const auto& plain) {
    out.append(reinterpret_cast<const char*>(&plain), sizeof plain);
  };
  add(value.kind());
  switch (value.kind()) {
    case ValueKind::kNull:
      break;
    case ValueKind::kInt:
      add(value.as_int());
      break;
    case ValueKind::kUint:
      add(value.as_uint());
      break;
    case ValueKind::kDouble:
      add(value.as_double());
      break;
    case ValueKind::kText:
    case ValueKind::kBytes:
      add(value.as_string().size());
      out += value.as_string();
  }
}

std::string bytes(Row values) {
  std::string out;
  for (const Value& value : values) add_bytes(out, value);
  return out;
}

// The sharding key that the row has, or gets, in its canonical form. "": there is none, so that no
// shard will take the row.
std::string key_of(const plan::RowsMove& move, Row row, std::uint32_t plan::RowsMove::Key::*side) {
  std::string out;
  for (const plan::RowsMove::Key& key : move.keys) {
    std::string scratch;
    const auto canonical = rules::canonical_key(key.column, row[key.*side], scratch);
    if (!canonical) return {};
    add_bytes(out, *canonical);
  }
  return out;
}

}  // namespace

Result<bool> NamedRows::add(Row row) {
  const auto nulls = std::count_if(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(keys_),
                                   [](const Value& value) { return value.is_null(); });
  if (static_cast<std::size_t>(nulls) == keys_) return false;
  if (nulls > 0) {
    return fail(ErrorCode::kRowsNotNamed,
                "a row that is to be written has NULL in its primary key or its sharding key");
  }
  if (row.size() == keys_) return true;  // They are read once each.
  const auto [entry, fresh] = rows_.try_emplace(bytes(row.first(keys_)), bytes(row.subspan(keys_)));
  if (fresh || entry->second == bytes(row.subspan(keys_))) return fresh;
  return fail(ErrorCode::kRowsNotNamed,
              "a row is joined with several others, of which each would give it another value");
}

Result<bool> MovedRows::add(Row row) {
  bool rewritten = false;
  bool text = false;
  for (const plan::RowsMove::Key& key : move_.keys) {
    if (row[key.before] == row[key.after]) continue;
    rewritten = true;
    text = text || key.column.type == rules::KeyType::kText;
  }
  const std::string before = key_of(move_, row, &plan::RowsMove::Key::before);
  const std::string after = key_of(move_, row, &plan::RowsMove::Key::after);
  // A number or a date that is only written otherwise is stored as it was.
  const bool moves = rewritten && (text || after.empty() || after != before);
  PANDO_TRY(check_order(before, after, moves));
  ++rows_;
  if (!moves) return false;
  ++moved_;
  if (move_.number && row[*move_.number] == Value::of_int(0)) {
    return fail(ErrorCode::kRowsNotNamed,
                "a row that moves has the number 0, for which its AUTO_INCREMENT column would take "
                "a new one");
  }
  return true;
}

// One database writes row by row, and never has two that are alike in a unique key.
Result<void> MovedRows::check_order(const std::string& before, const std::string& after,
                                    bool moves) {
  bool clash = false;
  switch (move_.unique) {
    case plan::RowsMove::Unique::kStays:
      return {};
    case plan::RowsMove::Unique::kWithKey:
      if (moves && after != before) {
        clash = left_.count(after) > 0;
        taken_.insert(after);
      }
      clash = clash || taken_.count(before) > 0;
      left_.insert(before);
      break;
    case plan::RowsMove::Unique::kWithoutKey:
      clash = rows_ > 0 && (moves || moved_ > 0);
      break;
  }
  if (!clash) return {};
  return fail(Error(ErrorCode::kShardingKeyUpdate,
                    "several rows change what a unique key has, and which of them is written first "
                    "decides whether two are alike for a while")
                  .with_remedy("Change these rows one after the other, in one transaction."));
}

}  // namespace pando::router
