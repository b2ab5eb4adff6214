#include "cli/demo_shop.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "pando/database.h"

namespace pando::cli {

const std::string_view kDemoConfig =
    R"toml(# The demo shop: one shop to the application, four SQLite files underneath.
# Every word of this file is described in docs/configuration.md.
format = 1

# Four data sources, shop0 to shop3; {n} is the number of each.
[databases."shop[0..3]"]
write = "sqlite:shop{n}.db"

[tables]
# Sharded by user: hash(user_id) names one of eight tables, two in each file. Orders that are
# inserted without an id get one from the generator order_no.
orders = {by = "hash(user_id)", onto = "shop[0..3].orders_[0..1]", fill = {id = "order_no"}}
# Bound to orders: the same users in the same places, so joins of these three stay on one shard.
order_items = {with = "orders", key = "user_id", onto = "shop[0..3].order_items_[0..1]"}
users = {with = "orders", key = "id", onto = "shop[0..3].users_[0..1]"}
# Broadcast: small, and copied to every file.
products = {copy = "shop[0..3]"}
regions = {copy = "shop[0..3]"}
# Single: in one place.
coupons = {at = "shop0"}

# Keys that are unique over all shards. Each program that runs at the same time needs a worker number
# of its own: one number per process, or two of them make the same keys.
[ids.order_no]
snowflake = {worker = "${PANDO_WORKER:-0}"}
)toml";

namespace {

constexpr std::int64_t kUsers = 4000;
constexpr std::int64_t kOrders = 16000;
constexpr std::int64_t kProducts = 120;
constexpr std::size_t kRowsPerInsert = 500;
constexpr std::size_t kInsertsPerCommit = 16;

// Money is in cents: whole numbers add up exactly.
constexpr const char* kSchema[] = {
    "CREATE TABLE regions (code TEXT PRIMARY KEY, name TEXT NOT NULL)",
    "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price INTEGER NOT NULL)",
    "CREATE TABLE coupons (code TEXT PRIMARY KEY, percent INTEGER NOT NULL)",
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, region TEXT NOT NULL, "
    "joined_on TEXT NOT NULL)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, status TEXT NOT NULL, "
    "total INTEGER NOT NULL, created_at TEXT NOT NULL)",
    "CREATE INDEX orders_by_user ON orders (user_id)",
    "CREATE TABLE order_items (user_id INTEGER NOT NULL, order_id INTEGER NOT NULL, "
    "line INTEGER NOT NULL, product_id INTEGER NOT NULL, quantity INTEGER NOT NULL, "
    "price INTEGER NOT NULL, PRIMARY KEY (user_id, order_id, line))",
};

constexpr const char* kRegions[][2] = {
    {"AF", "Africa"},        {"AN", "Antarctica"}, {"AS", "Asia"},         {"EU", "Europe"},
    {"NA", "North America"}, {"OC", "Oceania"},    {"SA", "South America"}};
constexpr const char* kFirstNames[] = {"Ada",   "Björk", "Chen", "Dmitri", "Edsger", "Frances",
                                       "Grace", "Hana",  "Ivan", "Jun",    "Kofi",   "Linus",
                                       "Maria", "Noor",  "Olga", "Priya",  "Rosa",   "Søren"};
constexpr const char* kLastNames[] = {"Aspen", "Birch",  "Cedar", "Elm",   "Fir",    "Hazel",
                                      "Larch", "Maple",  "Oak",   "Pine",  "Poplar", "Rowan",
                                      "Sorb",  "Spruce", "Teak",  "Walnut"};
constexpr const char* kGoods[] = {"bowl", "chair", "desk",  "flute",
                                  "lamp", "shelf", "spoon", "toy"};
constexpr const char* kWoods[] = {"ash",   "beech", "birch", "cherry", "ebony",
                                  "maple", "oak",   "pine",  "teak",   "walnut"};
constexpr const char* kStatuses[] = {"new",     "paid",    "paid",    "shipped",
                                     "shipped", "shipped", "returned"};

// SplitMix64: the demo must be the same on every machine.
class Random {
 public:
  std::uint64_t below(std::uint64_t bound) {
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % bound;
  }
  template <typename T, std::size_t N>
  const T& pick(const T (&list)[N]) {
    return list[below(N)];
  }

 private:
  std::uint64_t state_ = 47000;
};

// Each draw is a statement of its own: the order of operands is the compiler's choice, and the shop
// must be the same for all.
std::string date(Random& random) {
  const auto day = static_cast<unsigned>(random.below(28) + 1);
  const auto month = static_cast<unsigned>(random.below(12) + 1);
  const auto year = 2024 + static_cast<int>(random.below(2));
  char text[16];
  std::snprintf(text, sizeof text, "%d-%02u-%02u", year, month, day);
  return text;
}

std::string date_time(Random& random) {
  const auto second = static_cast<unsigned>(random.below(60));
  const auto minute = static_cast<unsigned>(random.below(60));
  const auto hour = static_cast<unsigned>(random.below(24));
  char text[16];
  std::snprintf(text, sizeof text, " %02u:%02u:%02u", hour, minute, second);
  return date(random) + text;
}

// Collects rows into multi-row inserts, and inserts into transactions.
class Loader {
 public:
  Loader(Session& session, Interrupt& interrupt, Progress& progress, std::size_t total)
      : session_(session), interrupt_(interrupt), progress_(progress), total_(total) {}

  Result<void> execute(std::string_view sql) {
    if (interrupt_.exit_code() != 0) return fail(ErrorCode::kCancelled, "interrupted");
    PANDO_TRY(session_.try_execute(sql));
    return {};
  }

  // `row` is "(1, 'Ada')".
  Result<void> add(std::string_view table_and_columns, const std::string& row) {
    if (table_ != table_and_columns) {
      PANDO_TRY(insert());
      table_ = table_and_columns;
    }
    rows_ += rows_.empty() ? row : ", " + row;
    if (++waiting_ == kRowsPerInsert) PANDO_TRY(insert());
    return {};
  }

  Result<void> finish() {
    PANDO_TRY(insert());
    return commit();
  }
  std::size_t loaded() const { return loaded_; }

 private:
  Result<void> insert() {
    if (waiting_ == 0) return {};
    if (inserts_ == 0) PANDO_TRY(execute("BEGIN"));
    PANDO_TRY(execute("INSERT INTO " + table_ + " VALUES " + rows_));
    loaded_ += waiting_;
    waiting_ = 0;
    rows_.clear();
    progress_.update([&] {
      return bar(static_cast<double>(loaded_) / static_cast<double>(total_), 32) + "  " +
             grouped(loaded_) + " rows";
    });
    if (++inserts_ == kInsertsPerCommit) PANDO_TRY(commit());
    return {};
  }

  Result<void> commit() {
    if (inserts_ == 0) return {};
    inserts_ = 0;
    return execute("COMMIT");
  }

  Session& session_;
  Interrupt& interrupt_;
  Progress& progress_;
  std::size_t total_;
  std::string table_;
  std::string rows_;
  std::size_t waiting_ = 0;
  std::size_t inserts_ = 0;
  std::size_t loaded_ = 0;
};

std::string number(std::int64_t n) { return std::to_string(n); }

Result<void> load_small_tables(Loader& loader, std::vector<std::int64_t>& prices, Random& random) {
  for (const auto& region : kRegions) {
    PANDO_TRY(loader.add("regions (code, name)",
                         std::string("('") + region[0] + "', '" + region[1] + "')"));
  }
  for (std::int64_t id = 1; id <= kProducts; ++id) {
    prices.push_back(static_cast<std::int64_t>(random.below(200) + 1) * 50 + 99);
    const char* good = random.pick(kGoods);
    const std::string name = std::string(random.pick(kWoods)) + " " + good;
    PANDO_TRY(loader.add("products (id, name, price)",
                         "(" + number(id) + ", '" + name + "', " + number(prices.back()) + ")"));
  }
  for (const char* coupon : {"('SPRING', 10)", "('LEAF', 5)", "('FOREST', 25)"}) {
    PANDO_TRY(loader.add("coupons (code, percent)", coupon));
  }
  return {};
}

Result<void> load_users(Loader& loader, Random& random) {
  for (std::int64_t id = 1; id <= kUsers; ++id) {
    const char* last = random.pick(kLastNames);
    const std::string name = std::string(random.pick(kFirstNames)) + " " + last;
    const char* region = random.pick(kRegions)[0];
    PANDO_TRY(loader.add(
        "users (id, name, region, joined_on)",
        "(" + number(id) + ", '" + name + "', '" + region + "', '" + date(random) + "')"));
  }
  return {};
}

Result<void> load_orders(Loader& loader, const std::vector<std::int64_t>& prices, Random& random) {
  std::vector<std::string> items;
  for (std::int64_t id = 1; id <= kOrders; ++id) {
    const std::int64_t user = static_cast<std::int64_t>(random.below(kUsers)) + 1;
    std::int64_t total = 0;
    const std::int64_t lines = static_cast<std::int64_t>(random.below(3)) + 1;
    for (std::int64_t line = 1; line <= lines; ++line) {
      const std::size_t product = random.below(prices.size());
      const std::int64_t quantity = static_cast<std::int64_t>(random.below(4)) + 1;
      total += quantity * prices[product];
      items.push_back("(" + number(user) + ", " + number(id) + ", " + number(line) + ", " +
                      number(static_cast<std::int64_t>(product) + 1) + ", " + number(quantity) +
                      ", " + number(prices[product]) + ")");
    }
    const std::string created = date_time(random);
    PANDO_TRY(loader.add("orders (id, user_id, status, total, created_at)",
                         "(" + number(id) + ", " + number(user) + ", '" + random.pick(kStatuses) +
                             "', " + number(total) + ", '" + created + "')"));
    if (items.size() < kRowsPerInsert && id != kOrders) continue;
    for (const std::string& item : items) {
      PANDO_TRY(
          loader.add("order_items (user_id, order_id, line, product_id, quantity, price)", item));
    }
    items.clear();
  }
  return {};
}

}  // namespace

Result<void> fill_demo_shop(const std::string& config, Environment& environment) {
  PANDO_ASSIGN(Database database, try_open(config));
  Interrupt interrupt;
  Session session = database.session();
  interrupt.on_signal([&] { session.cancel(); });
  Progress progress(environment.err);
  constexpr std::size_t kAbout = kUsers + kOrders * 3 + kProducts;
  Loader loader(session, interrupt, progress, kAbout);
  const auto load = [&]() -> Result<void> {
    for (const char* statement : kSchema) PANDO_TRY(loader.execute(statement));
    Random random;
    std::vector<std::int64_t> prices;
    PANDO_TRY(load_small_tables(loader, prices, random));
    PANDO_TRY(load_users(loader, random));
    PANDO_TRY(load_orders(loader, prices, random));
    return loader.finish();
  };
  auto done = load();
  progress.clear();
  interrupt.on_signal({});
  if (!done && interrupt.exit_code() != 0) return fail(ErrorCode::kCancelled, "interrupted");
  if (!done) return done;
  environment.out.line("A shop over 4 SQLite files: " + grouped(loader.loaded()) +
                       " rows in 6 tables, loaded through Pando.");
  return {};
}

}  // namespace pando::cli
