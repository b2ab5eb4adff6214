// Explaining: what Pando would do with a statement, for people, programs and tests.
//
//   explain [FOLDER]     the folder of shop.toml; the files are made there

#include <pando/pando.h>

#include <iostream>
#include <string>

namespace {

// [explain]
void explain(pando::Database& db) {
  // One user's orders: one shard.
  std::cout << db.explain("SELECT id FROM orders WHERE user_id = ?", 7).tree() << "\n";

  // Everybody's: all shards, and how the answers are put together.
  std::cout << db.explain("SELECT status, COUNT(*) FROM orders GROUP BY status").tree() << "\n";

  // A test of one's own can insist that a statement is never refused.
  const auto refused = db.explain("INSERT INTO orders (sku, status) VALUES ('tree', 'new')");
  std::cout << (refused.refused() ? "refused, and says why:\n" : "runs\n") << refused.tree();
}
// [/explain]

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  try {
    auto db = pando::open(folder + "/shop.toml");
    db.execute("DROP TABLE IF EXISTS orders");
    db.execute(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, "
        "sku TEXT NOT NULL, status TEXT NOT NULL, note TEXT)");
    explain(db);
    return 0;
  } catch (const pando::Error& error) {
    std::cerr << error.id() << ": " << error.message() << "\n" << error.remedy() << "\n";
    return 1;
  }
}
