// Transactions: move money between two accounts of one user, or not at all.
//
//   transfer [FOLDER]     the folder of bank.toml; the files are made there

#include <pando/pando.h>

#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <tuple>

namespace {

void make_tables(pando::Database& db) {
  db.execute("DROP TABLE IF EXISTS accounts");
  db.execute(
      "CREATE TABLE accounts (user_id INTEGER NOT NULL, name TEXT NOT NULL, "
      "cents INTEGER NOT NULL, PRIMARY KEY (user_id, name))");
  db.execute(
      "INSERT INTO accounts (user_id, name, cents) VALUES "
      "(1, 'current', 10000), (1, 'savings', 0), (2, 'current', 500), (2, 'savings', 0)");
}

// [transfer]
struct NotEnough : std::runtime_error {
  NotEnough() : std::runtime_error("there is not enough money") {}
};

void transfer(pando::Database& db, std::int64_t user, const std::string& from,
              const std::string& to, std::int64_t cents) {
  // Any exception rolls back. A deadlock rolls back too; then the function is run again.
  db.transact(
      [&](pando::Transaction& tx) {
        const auto taken = tx.execute(
            "UPDATE accounts SET cents = cents - ? WHERE user_id = ? AND name = ? AND cents >= ?",
            cents, user, from, cents);
        if (taken.affected_rows() != 1) throw NotEnough();
        tx.execute("UPDATE accounts SET cents = cents + ? WHERE user_id = ? AND name = ?", cents,
                   user, to);
      },
      {.retry = 3});
}
// [/transfer]

void try_transfer(pando::Database& db, std::int64_t user, std::int64_t cents) {
  std::cout << "user " << user << " saves " << cents << ": ";
  try {
    transfer(db, user, "current", "savings", cents);
    std::cout << "done\n";
  } catch (const NotEnough& error) {
    std::cout << error.what() << "\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  try {
    auto db = pando::open(folder + "/bank.toml");
    make_tables(db);
    try_transfer(db, 1, 2500);
    try_transfer(db, 2, 2500);
    for (const auto& [user, name, cents] :
         db.query<std::tuple<std::int64_t, std::string, std::int64_t>>(
             "SELECT user_id, name, cents FROM accounts ORDER BY user_id, name"))
      std::cout << user << " " << name << " " << cents << "\n";
    return 0;
  } catch (const pando::Error& error) {
    std::cerr << error.id() << ": " << error.message() << "\n" << error.remedy() << "\n";
    return 1;
  }
}
