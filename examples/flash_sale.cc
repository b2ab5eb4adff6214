// A flash sale: many threads, few things, and not one sold twice.
//
//   flash_sale [FOLDER]     the folder of flash_sale.toml; the files are made there

#include <pando/pando.h>

#include <atomic>
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int kThreads = 8;
constexpr int kBuyersPerThread = 20;
constexpr std::int64_t kThings = 50;
constexpr std::int64_t kSku = 7;

// [buy]
struct SoldOut {};

// Takes one thing off the stock and writes the sale down: both or neither.
std::uint64_t buy(pando::Database& db, std::int64_t sku, std::int64_t user) {
  return db.transact(
      [&](pando::Transaction& tx) {
        if (tx.execute("UPDATE stock SET n = n - 1 WHERE sku = ? AND n > 0", sku).affected_rows() !=
            1)
          throw SoldOut{};  // Any exception rolls back.
        return tx.execute("INSERT INTO sales (sku, user_id) VALUES (?, ?)", sku, user)
            .generated_key();
      },
      {.retry = 10});  // After a deadlock or a lock timeout.
}
// [/buy]

int run(const std::string& folder) {
  auto db = pando::open(folder + "/flash_sale.toml");
  db.execute("DROP TABLE IF EXISTS stock");
  db.execute("DROP TABLE IF EXISTS sales");
  db.execute("CREATE TABLE stock (sku INTEGER PRIMARY KEY, n INTEGER NOT NULL)");
  db.execute(
      "CREATE TABLE sales (id INTEGER PRIMARY KEY, sku INTEGER NOT NULL, user_id INTEGER NOT "
      "NULL)");
  db.execute("INSERT INTO stock (sku, n) VALUES (?, ?)", kSku, kThings);

  std::atomic<int> sold = 0, turned_away = 0, failed = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kBuyersPerThread; ++i) {
          try {
            buy(db, kSku, t * kBuyersPerThread + i);
            ++sold;
          } catch (const SoldOut&) {
            ++turned_away;
          } catch (const pando::Error& error) {
            std::cerr << error.id() << ": " << error.message() << "\n";
            ++failed;
          }
        }
      });
    }
  }
  const auto left = db.query<std::int64_t>("SELECT n FROM stock WHERE sku = ?", kSku).first();
  const auto written =
      db.query<std::int64_t>("SELECT COUNT(*) FROM sales WHERE sku = ?", kSku).first();
  std::cout << sold << " sold, " << turned_away << " turned away, " << left.value_or(-1)
            << " left\n";
  const bool right = failed == 0 && sold == kThings && left == 0 && written == kThings;
  return right ? 0 : 1;
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
