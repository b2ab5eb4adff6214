// Rows<T>: what an error says of the statement whose rows cannot be given.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "pando/pando.h"

namespace pando {
namespace {

// Table t (id, name, price) over two SQLite files.
class RowsTest : public ::testing::Test {
 protected:
  RowsTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "pando-rows-XXXXXX").string();
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    std::ofstream(folder_ + "/pando.toml")
        << "format = 1\n[databases.\"shop[0..1]\"]\nwrite = \"sqlite:shop{n}.db\"\n"
        << "[tables]\nt = {by = \"mod(id)\", onto = \"shop[0..1].t\"}\n";
    db_.emplace(open(folder_ + "/pando.toml"));
    db_->execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, price DECIMAL(10,2))");
  }
  ~RowsTest() override {
    db_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::int64_t count() { return *db_->query<std::int64_t>("SELECT COUNT(*) FROM t").first(); }

  std::string folder_;
  std::optional<Database> db_;
};

TEST_F(RowsTest, AStatementWithoutRowsRanWhateverItWasCalledWith) {
  const auto rows = db_->try_query("INSERT INTO t (id) VALUES (1)");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(rows.error().outcome(), Outcome::kApplied);
  EXPECT_FALSE(rows.error().retryable());
  EXPECT_EQ(rows.error().message(), "the statement was carried out, and returns no rows");
  EXPECT_NE(rows.error().remedy().find("execute()"), std::string::npos);
  EXPECT_EQ(count(), 1);
}

TEST_F(RowsTest, ATimeThatWasReadIsFoundAgain) {
  using Time = std::chrono::sys_time<std::chrono::microseconds>;
  db_->execute(
      "INSERT INTO t (id, name) VALUES (1, '2025-03-05 10:00:00'), (2, '2025-03-05 "
      "10:00:00.250000')");
  for (const int id : {1, 2}) {
    const Time at = *db_->query<Time>("SELECT name FROM t WHERE id = ?", id).first();
    EXPECT_EQ(*db_->query<std::int64_t>("SELECT id FROM t WHERE name = ?", at).first(), id);
  }
}

TEST_F(RowsTest, AnotherNumberOfColumnsSaysWhetherTheStatementWrote) {
  const auto written = db_->try_query<int>("INSERT INTO t (id) VALUES (1) RETURNING id, name");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), ErrorCode::kConversion);
  EXPECT_EQ(written.error().outcome(), Outcome::kApplied);
  EXPECT_EQ(written.error().message(),
            "the statement was carried out, and returns 2 columns, but the type it is read into "
            "has 1");
  EXPECT_EQ(count(), 1);

  const auto split = db_->try_query<int>("INSERT INTO t (id) VALUES (2), (3) RETURNING id, name");
  ASSERT_FALSE(split);
  EXPECT_EQ(split.error().outcome(), Outcome::kApplied);
  EXPECT_EQ(count(), 3);

  const auto read = db_->try_query<std::tuple<int, int>>("SELECT id FROM t");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().outcome(), Outcome::kNotApplied);
  EXPECT_EQ(read.error().message(),
            "the statement returns 1 column, but the type it is read into has 2");
  EXPECT_EQ(read.error().remedy().find("std::optional"), std::string::npos);
}

TEST_F(RowsTest, AValueOfAWriteThatCannotBeReadSaysThatItWrote) {
  auto rows = db_->try_query<std::string>("INSERT INTO t (id) VALUES (1) RETURNING name");
  ASSERT_TRUE(rows) << rows.error().message();
  const auto row = rows->try_next();
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().outcome(), Outcome::kApplied);
  EXPECT_EQ(count(), 1);
  auto read = db_->try_query<std::string>("SELECT name FROM t");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->try_next().error().outcome(), Outcome::kNotApplied);
}

TEST_F(RowsTest, AFloatingPointNumberIsNoTextAndTheErrorSaysSo) {
  db_->execute("INSERT INTO t (id, price) VALUES (1, 1.5)");
  const auto message = [&]<typename T>(std::optional<T>) {
    auto rows = db_->query<T>("SELECT price FROM t");
    const auto row = rows.try_next();
    return row ? std::string("no error") : row.error().message();
  };
  const std::string expected = "column price: SQLite returned a floating-point number";
  EXPECT_EQ(message(std::optional<std::string>()), expected);
  EXPECT_EQ(message(std::optional<Decimal>()), expected);
  EXPECT_EQ(message(std::optional<int>()), expected);
  EXPECT_EQ(db_->query<double>("SELECT price FROM t").first(), 1.5);
}

TEST_F(RowsTest, TheRemedyNamesATypeThatTakesTheValue) {
  db_->execute("INSERT INTO t (id, name, price) VALUES (1, 'ash', 1.5)");
  const auto remedy = [&]<typename T>(std::optional<T>, const char* sql) {
    auto rows = db_->query<T>(sql);
    const auto row = rows.try_next();
    return row ? std::string("no error") : row.error().remedy();
  };
  const std::string text = "Read it as std::string, or into the column's own type.";
  EXPECT_EQ(remedy(std::optional<int>(), "SELECT name FROM t"), text);
  EXPECT_EQ(remedy(std::optional<double>(), "SELECT name FROM t"), text);
  const std::string exact = remedy(std::optional<Decimal>(), "SELECT price FROM t");
  EXPECT_NE(exact.find("or store whole numbers"), std::string::npos) << exact;
}

TEST_F(RowsTest, WhatBeginsWithTheCode) {
  try {
    db_->query<int>("SELEC 1");
    FAIL() << "the statement is no SQL";
  } catch (const std::exception& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 7), "P2001: ");
  }
}

TEST_F(RowsTest, AColumnThatIsNotThereIsOutOfRange) {
  db_->execute("INSERT INTO t (id) VALUES (1)");
  auto rows = db_->query("SELECT id FROM t");
  const auto row = rows.next();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->get<int>(0), 1);
  EXPECT_THROW((void)row->get<int>(1), std::out_of_range);
}

TEST_F(RowsTest, ARowKeepsItsColumnsWhenItsRowsAreGone) {
  db_->execute("INSERT INTO t (id, name) VALUES (1, 'a'), (2, 'b')");
  const char* sql = "SELECT id, name AS title FROM t ORDER BY id";
  const std::vector<DynamicRow> all = db_->query(sql).all();
  const std::optional<DynamicRow> first = db_->query(sql).first();
  std::optional<DynamicRow> moved;
  {
    auto rows = db_->query(sql);
    rows.next();
    auto others = std::move(rows);
    moved = others.next();
  }
  ASSERT_EQ(all.size(), 2u);
  ASSERT_TRUE(first && moved);
  EXPECT_EQ(all[0].get<std::int64_t>(0), 1);
  EXPECT_EQ(all[1].get<std::string>(1), "b");
  EXPECT_EQ(first->get<std::string>(1), "a");
  EXPECT_EQ(first->get<std::string>("title"), "a");
  EXPECT_THROW((void)first->get<std::string>("Title"), std::out_of_range);
  EXPECT_EQ(moved->get<std::int64_t>(0), 2);
  for (const DynamicRow& row : {all[0], all[1], *first, *moved}) {
    ASSERT_EQ(row.columns().size(), 2u);
    EXPECT_EQ(row.columns()[0].name, "id");
    EXPECT_EQ(row.columns()[1].name, "title");
  }
  EXPECT_EQ(&all[0].columns(), &all[1].columns()) << "each row copies the columns";
  try {
    (void)first->get<int>(1);
    FAIL() << "a text is no number";
  } catch (const Error& error) {
    EXPECT_EQ(error.message().rfind("column title: ", 0), 0u) << error.message();
  }
}

TEST_F(RowsTest, ARowOfNothingHasNoColumns) {
  const DynamicRow row;
  EXPECT_EQ(row.size(), 0u);
  EXPECT_TRUE(row.columns().empty());
  EXPECT_THROW((void)row.get<int>(0), std::out_of_range);
}

}  // namespace
}  // namespace pando
