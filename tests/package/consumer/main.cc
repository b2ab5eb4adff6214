// Opens a shop over two SQLite files, writes to it and reads it back, by the public headers alone.

#include <pando/pando.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>

namespace {

struct Order {
  std::int64_t id;
  std::string status;
};

int run() {
  std::ofstream("shop.toml") << "format = 1\n"
                                "[databases.\"shop[0..1]\"]\n"
                                "write = \"sqlite:shop{n}.db\"\n"
                                "[tables]\n"
                                "orders = {by = \"hash(user_id)\", onto = \"shop[0..1].orders\"}\n";
  auto db = pando::open("shop.toml");
  db.execute("DROP TABLE IF EXISTS orders");
  db.execute("CREATE TABLE orders (id INTEGER, user_id INTEGER, status TEXT)");
  for (int user = 1; user <= 8; ++user) {
    db.execute("INSERT INTO orders (id, user_id, status) VALUES (?, ?, 'new')", user * 10, user);
  }
  std::int64_t expected = 80;
  for (const Order& order :
       db.query<Order>("SELECT id, status FROM orders ORDER BY id DESC LIMIT 3")) {
    if (order.id != expected || order.status != "new") return 1;
    expected -= 10;
  }
  return expected == 50 ? 0 : 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const pando::Error& error) {
    std::cerr << error.id() << ": " << error.message() << "\n";
    return 1;
  }
}
