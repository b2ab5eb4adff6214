#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "rules/functions/function_table.h"
#include "rules/functions/functions.h"

namespace pando::rules {
namespace {

class ListFunction final : public PlaceFunction {
 public:
  ListFunction(FunctionName name, std::vector<ListedKey> keys, std::optional<std::size_t> otherwise,
               std::size_t places)
      : PlaceFunction(places),
        name_(std::move(name)),
        keys_(std::move(keys)),
        otherwise_(otherwise) {
    std::sort(keys_.begin(), keys_.end(), [](const ListedKey& a, const ListedKey& b) {
      return compare_keys(value_of(a), value_of(b)) < 0;
    });
  }

  Result<std::size_t> place(std::span<const Value> key) const override {
    const auto listed = first_from(key[0]);
    if (listed != keys_.end() && compare_keys(value_of(*listed), key[0]) == 0) return listed->place;
    if (otherwise_) return *otherwise_;
    return fail(ErrorCode::kNoShardForKey,
                "The key is in none of the lists of " + name_.text() + ".");
  }

  std::optional<ShardSet> places_in(const ValueSet::Range& range) const override {
    std::vector<ShardIndex> places;
    if (otherwise_) places.push_back(static_cast<ShardIndex>(*otherwise_));
    for (auto k = range.low ? first_from(*range.low) : keys_.begin(); k != keys_.end(); ++k) {
      if (range.high && compare_keys(*range.high, value_of(*k)) < 0) break;
      places.push_back(k->place);
    }
    return ShardSet(std::move(places));
  }

  std::string describe() const override {
    return name_.text() + " in lists of " + std::to_string(keys_.size()) + " keys";
  }

 private:
  static Value value_of(const ListedKey& key) {
    return key.is_text ? Value::of_text(key.text) : Value::of_int(key.number);
  }
  std::vector<ListedKey>::const_iterator first_from(const Value& key) const {
    return std::partition_point(keys_.begin(), keys_.end(), [&](const ListedKey& k) {
      return compare_keys(value_of(k), key) < 0;
    });
  }

  FunctionName name_;
  std::vector<ListedKey> keys_;
  std::optional<std::size_t> otherwise_;
};

}  // namespace

PlaceFunctionPtr make_list(FunctionName name, std::vector<ListedKey> keys,
                           std::optional<std::size_t> otherwise, std::size_t places) {
  return std::make_shared<ListFunction>(std::move(name), std::move(keys), otherwise, places);
}

namespace {

Result<ListedKey> read_key(const FunctionInput& input, const ConfigNode& node, std::size_t place) {
  const KeyColumn& column = input.columns[0];
  ListedKey key{
      .is_text = false, .number = 0, .text = {}, .place = static_cast<std::uint32_t>(place)};
  if (node.kind == ConfigNode::Kind::kInteger && column.type == KeyType::kInteger) {
    key.number = node.number;
    return key;
  }
  std::optional<Value> canonical;
  std::string scratch;
  std::string written;
  if (node.kind == ConfigNode::Kind::kString && column.type != KeyType::kInteger) {
    PANDO_ASSIGN(const Text text, read_text(input.table.context(), node, "A key"));
    written = text.value;
    canonical = canonical_key(column, Value::of_text(written), scratch);
  } else if (node.kind == ConfigNode::Kind::kDate) {
    canonical = canonical_key(column, Value::of_text(node.text), scratch);
  }
  if (!canonical) {
    return config_fail(ErrorCode::kConfigValue,
                       input.table.path("lists") + " holds something that is no key of the column.",
                       node.span,
                       "Write keys of the column's `type`: 7, \"DE\" or \"2024-01-05\".");
  }
  key.is_text = canonical->kind() == ValueKind::kText;
  if (key.is_text) {
    key.text = canonical->as_string();
  } else {
    key.number = canonical->as_int();
  }
  return key;
}

Result<std::vector<ListedKey>> read_lists(const FunctionInput& input, const ConfigNode& lists) {
  std::vector<ListedKey> keys;
  std::set<std::pair<std::int64_t, std::string>> seen;
  for (std::size_t place = 0; place < lists.items.size(); ++place) {
    const ConfigNode& list = lists.items[place];
    if (list.kind != ConfigNode::Kind::kArray) {
      return config_fail(ErrorCode::kConfigValue,
                         "Each item of " + input.table.path("lists") + " must be an array of keys.",
                         list.span, "Write lists = [[1, 2], [3]].");
    }
    for (const ConfigNode& node : list.items) {
      PANDO_ASSIGN(ListedKey key, read_key(input, node, place));
      if (!seen.emplace(key.number, key.text).second) {
        return config_fail(ErrorCode::kConfigPlacement,
                           input.table.path("lists") + " names this key twice.", node.span);
      }
      keys.push_back(std::move(key));
    }
  }
  return keys;
}

}  // namespace

Result<PlaceFunctionPtr> bind_list(const FunctionInput& input) {
  const ConfigEntry* lists = input.table.find("lists");
  if (lists == nullptr) {
    return config_fail(ErrorCode::kConfigMissing, call_path(input) + " needs `lists`.",
                       input.call.text.span, "Add lists = [[1, 2], [3]], one array per place.");
  }
  if (lists->value.kind != ConfigNode::Kind::kArray) {
    return config_fail(ErrorCode::kConfigValue,
                       input.table.path("lists") + " must be an array of arrays.",
                       lists->value.span, "Write lists = [[1, 2], [3]].");
  }
  if (lists->value.items.size() != input.places) {
    return config_fail(
        ErrorCode::kConfigPlacement,
        input.table.path("lists") + " has " + std::to_string(lists->value.items.size()) +
            " entries for " + std::to_string(input.places) + " places.",
        lists->value.span, "Write one array for each place, in the order of `onto`.");
  }
  PANDO_ASSIGN(auto keys, read_lists(input, lists->value));
  PANDO_ASSIGN(const auto otherwise,
               input.table.integer("otherwise", 0, static_cast<std::int64_t>(input.places) - 1));
  std::optional<std::size_t> place;
  if (otherwise) place = static_cast<std::size_t>(*otherwise);
  return make_list(input.call.name, std::move(keys), place, input.places);
}

}  // namespace pando::rules
