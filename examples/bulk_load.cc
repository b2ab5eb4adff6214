// Loading many rows: inserts of many rows each, in transactions of many inserts, with keys that
// Pando generates.
//
//   bulk_load [FOLDER]     the folder of shop.toml; the files are made there

#include <pando/pando.h>

#include <cstdint>
#include <iostream>
#include <string>

namespace {

void make_tables(pando::Database& db) {
  db.execute("DROP TABLE IF EXISTS orders");
  db.execute(
      "CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, "
      "sku TEXT NOT NULL, status TEXT NOT NULL, note TEXT)");
}

// [load]
// One INSERT; its rows are split by shard, and each gets an id from the generator in shop.toml.
std::string insert_of(std::int64_t first_user, std::int64_t rows) {
  std::string sql = "INSERT INTO orders (user_id, sku, status) VALUES ";
  for (std::int64_t i = 0; i < rows; ++i) {
    if (i != 0) sql += ", ";
    sql += "(" + std::to_string(first_user + i) + ", 'seed', 'new')";
  }
  return sql;
}

void load(pando::Database& db, std::int64_t inserts, std::int64_t rows_each) {
  // One transaction: one commit per database and not one per insert.
  db.transact([&](pando::Transaction& tx) {
    for (std::int64_t i = 0; i < inserts; ++i) tx.execute(insert_of(1 + i * rows_each, rows_each));
  });
}
// [/load]

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  try {
    auto db = pando::open(folder + "/shop.toml");
    make_tables(db);
    load(db, 20, 250);
    const auto rows = db.query<std::int64_t>("SELECT COUNT(*) FROM orders").first();
    std::cout << *rows << " rows\n";
    // Keys are unique over all shards: as many ids as rows.
    std::int64_t last = 0, ids = 0;
    for (const std::int64_t id : db.query<std::int64_t>("SELECT id FROM orders ORDER BY id")) {
      if (id != last) ++ids;
      last = id;
    }
    std::cout << ids << " different ids\n";
    return 0;
  } catch (const pando::Error& error) {
    std::cerr << error.id() << ": " << error.message() << "\n" << error.remedy() << "\n";
    return 1;
  }
}
