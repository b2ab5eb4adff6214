// Exports a sharded table in order, as CSV, in constant memory; and how errors look without
// exceptions.
//
//   export [FOLDER]     the folder of shop.toml; the files are made there

#include <pando/pando.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>

namespace {

constexpr int kUsers = 500;

void fill(pando::Database& db) {
  db.execute("DROP TABLE IF EXISTS orders");
  db.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL)");
  // Rows of one INSERT go to their own shards.
  std::string insert = "INSERT INTO orders (id, user_id) VALUES ";
  for (int id = 1; id <= kUsers; ++id) {
    if (id > 1) insert += ", ";
    insert += "(" + std::to_string(id) + ", " + std::to_string(id * 7919 % 1000) + ")";
  }
  db.execute(insert);
}

// [export]
// Every shard sorts its own rows; Pando holds one row of each.
pando::Result<int> write_csv(pando::Database& db, std::ostream& out) {
  PANDO_ASSIGN(auto rows, db.try_query("SELECT id, user_id FROM orders ORDER BY id"));
  for (std::size_t i = 0; i < rows.columns().size(); ++i)
    out << (i == 0 ? "" : ",") << rows.columns()[i].name;
  out << "\n";
  int count = 0;
  while (true) {
    PANDO_ASSIGN(const auto row, rows.try_next());  // An error: what was written is not all of it.
    if (!row) return count;
    for (std::size_t i = 0; i < row->size(); ++i)
      out << (i == 0 ? "" : ",") << row->get<std::string>(i);
    out << "\n";
    ++count;
  }
}
// [/export]

int run(const std::string& folder) {
  auto db = pando::open(folder + "/shop.toml");
  fill(db);
  std::ofstream file(folder + "/orders.csv");
  const auto count = write_csv(db, file);
  if (!count) {
    const pando::Error& error = count.error();
    std::cerr << error.id() << ": " << error.message() << "\n";
    return 1;
  }
  std::cout << *count << " rows in orders.csv\n";

  // What has no exact answer (which id of each group?) is refused, with a code to rely on.
  const auto refused = db.try_query("SELECT id, COUNT(*) FROM orders GROUP BY user_id % 7");
  if (refused || refused.error().category() != pando::ErrorCategory::kRefused) return 1;
  std::cout << "refused with " << refused.error().id() << ": " << refused.error().message() << "\n";
  return *count == kUsers ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  try {
    return run(folder);
  } catch (const pando::Error& error) {
    std::cerr << error.id() << ": " << error.message() << "\n" << error.remedy() << "\n";
    return 1;
  }
}
