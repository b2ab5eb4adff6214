// Orders of a shop, split over four SQLite files by user: read into structs, written in a
// transaction, counted over all shards.
//
//   orders [FOLDER]     the folder of shop.toml; the files are made there

#include <pando/pando.h>

#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <tuple>

namespace {

void make_tables(pando::Database& db) {
  db.execute("DROP TABLE IF EXISTS orders");
  db.execute("DROP TABLE IF EXISTS products");
  db.execute(
      "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, "
      "sku TEXT NOT NULL, status TEXT NOT NULL, note TEXT)");
  db.execute("CREATE TABLE products (sku TEXT PRIMARY KEY, price INTEGER NOT NULL)");
  db.execute("INSERT INTO products (sku, price) VALUES ('tree', 4700), ('leaf', 3)");
}

// [main]
struct Order {
  std::int64_t id;
  std::string status;
  std::optional<std::string> note;
};

void use(pando::Database& db, std::int64_t user) {
  // A function that runs in a transaction; an exception would roll it back.
  const auto id = db.transact([&](pando::Transaction& tx) {
    return tx
        .execute("INSERT INTO orders (user_id, sku, status) VALUES (?, ?, 'new')", user, "tree")
        .generated_key();
  });
  db.execute("UPDATE orders SET status = 'paid' WHERE user_id = ? AND id = ?", user, id);

  // One user's orders: one shard is asked.
  for (const Order& o :
       db.query<Order>("SELECT id, status, note FROM orders WHERE user_id = ?", user))
    std::cout << "user " << user << ": " << o.status << o.note.value_or("") << "\n";

  // Everybody's: all are asked, and the counts added up.
  for (const auto& [status, n] : db.query<std::tuple<std::string, std::int64_t>>(
           "SELECT status, COUNT(*) FROM orders GROUP BY status"))
    std::cout << n << " " << status << "\n";
}
// [/main]

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  try {
    auto db = pando::open(folder + "/shop.toml");
    make_tables(db);
    for (std::int64_t user = 1; user <= 10; ++user) use(db, user);
    const auto orders = db.query<std::int64_t>("SELECT COUNT(*) FROM orders").first();
    return orders == 10 ? 0 : 1;
  } catch (const pando::Error& error) {
    std::cerr << error.id() << ": " << error.message() << "\n" << error.remedy() << "\n";
    return 1;
  }
}
