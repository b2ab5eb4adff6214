// Reading: rows as structs, tuples, single values and dynamic rows.
//
//   quick_read [FOLDER]     the folder of shop.toml; the files are made there

#include <pando/pando.h>

#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <tuple>

namespace {

void make_tables(pando::Database& db) {
  db.execute("DROP TABLE IF EXISTS orders");
  db.execute(
      "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, "
      "sku TEXT NOT NULL, status TEXT NOT NULL, note TEXT)");
  db.execute(
      "INSERT INTO orders (id, user_id, sku, status, note) VALUES "
      "(1, 7, 'tree', 'paid', 'ring twice'), (2, 7, 'leaf', 'new', NULL), "
      "(3, 8, 'tree', 'paid', NULL), (4, 9, 'seed', 'shipped', NULL)");
}

// [read]
struct Order {
  std::int64_t id;
  std::string status;
  std::optional<std::string> note;  // May be NULL.
};

void read(pando::Database& db) {
  // As structs; the user's key sends this to one shard.
  for (const Order& order :
       db.query<Order>("SELECT id, status, note FROM orders WHERE user_id = ? ORDER BY id", 7))
    std::cout << order.id << " " << order.status << " " << order.note.value_or("-") << "\n";

  // As tuples; every shard is asked, and the rows come back in order.
  for (const auto& [id, sku] : db.query<std::tuple<std::int64_t, std::string>>(
           "SELECT id, sku FROM orders WHERE status = 'paid' ORDER BY id DESC"))
    std::cout << id << " " << sku << "\n";

  // One value of one row.
  std::cout << *db.query<std::int64_t>("SELECT COUNT(*) FROM orders").first() << " orders\n";

  // Columns that are known only at run time.
  auto rows = db.query("SELECT id, sku, status FROM orders WHERE user_id = 9");
  for (const pando::DynamicRow& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      std::cout << row.columns()[i].name << " = " << row.get<std::string>(i) << "\n";
}
// [/read]

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  try {
    auto db = pando::open(folder + "/shop.toml");
    make_tables(db);
    read(db);
    return 0;
  } catch (const pando::Error& error) {
    std::cerr << error.id() << ": " << error.message() << "\n" << error.remedy() << "\n";
    return 1;
  }
}
