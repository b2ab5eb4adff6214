// A sharding function of the application's own: customers live on their own continent.
//
//   own_function [FOLDER]     the folder of own_function.toml; the files are made there

#include <pando/pando.h>

#include <array>
#include <cstdint>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace {

// [function]
// Places: 0 Europe, 1 the Americas, 2 everywhere else.
class Continent : public pando::ShardingFunction {
 public:
  pando::Result<std::size_t> locate(std::span<const pando::Value> key,
                                    std::size_t places) const override {
    if (places != 3) {
      return pando::fail(pando::ErrorCode::kUsage, "continent() needs three places");
    }
    const std::string_view country = key[0].as_string();
    for (const std::string_view code : {"AT", "DE", "FR", "IT", "PL"})
      if (country == code) return 0;
    for (const std::string_view code : {"AR", "BR", "CA", "MX", "US"})
      if (country == code) return 1;
    return 2;
  }
};
// [/function]

int run(const std::string& folder) {
  pando::Options options;
  options.functions["continent"] = std::make_shared<Continent>();
  auto db = pando::open(folder + "/own_function.toml", options);
  db.execute("DROP TABLE IF EXISTS customers");
  db.execute("CREATE TABLE customers (name TEXT NOT NULL, country TEXT NOT NULL)");
  db.execute(
      "INSERT INTO customers (name, country) VALUES "
      "('Ada', 'DE'), ('Bo', 'US'), ('Cy', 'JP'), ('Di', 'FR')");

  // Where would Pando look for them?
  std::cout << db.explain("SELECT name FROM customers WHERE country = ?", "FR").tree() << "\n";

  const auto europeans =
      db.query<std::int64_t>("SELECT COUNT(*) FROM customers WHERE country IN ('DE', 'FR')")
          .first();
  const auto all = db.query<std::int64_t>("SELECT COUNT(*) FROM customers").first();
  return europeans == 2 && all == 4 ? 0 : 1;
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
