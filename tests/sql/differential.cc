#include "tests/sql/differential.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "tests/support/mariadb_server.h"

namespace pando::test {
namespace {

// Every kind of table and function the cases use. Two physical tables per database and family, so
// that shards of one data source are told apart as well.
constexpr const char* kCaseRules = R"toml(
[defaults]
single = "main"
[tables]
users    = {by = "hash(id)", slots = 64, onto = "shop[0..3].users_[0..1]"}
orders   = {with = "users", key = "user_id", onto = "shop[0..3].orders_[0..1]"}
items    = {with = "users", key = "user_id", onto = "shop[0..3].items_[0..1]"}
accounts = {by = "hash(name)", type = "text", collation = "@BINARY@", onto = "shop[0..3]"}
numbers  = {by = "mod(n)", onto = "shop[0..3].numbers_[0..1]"}
scores   = {by = "range(points)", ranges = ["..0", "0..100", "100..1000", "1000.."], onto = "shop[0..3]"}
tickets  = {by = "list(zone)", lists = [[1, 2], [3], [4, 5, 6], [7]], onto = "shop[0..3]"}
events   = {database_by = "mod(user_id)", table_by = "month(at)", from = "2024-01", until = "2024-06", onto = "shop[0..3].events_{yyyyMM}"}
regions  = {copy = "shop[0..3]"}
coupons  = {at = "main"}
)toml";

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "x'";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text + "'";
}

std::string to_text(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return "NULL";
    case ValueKind::kInt:
      return std::to_string(value.as_int());
    case ValueKind::kUint:
      return std::to_string(value.as_uint());
    case ValueKind::kDouble: {
      char buffer[32];
      // The order in which doubles are added is nobody's promise, so the last digits may differ.
      std::snprintf(buffer, sizeof buffer, "%.12g", value.as_double());
      return std::string(buffer) == "-0" ? "0" : buffer;
    }
    case ValueKind::kText:
      return std::string(value.as_string());
    case ValueKind::kBytes:
      return to_hex(value.as_string());
  }
  return "";
}

std::string row_text(const std::vector<std::string>& row) {
  std::string text;
  for (const std::string& value : row) text += (text.empty() ? "" : " | ") + value;
  return text;
}

std::string rows_text(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (std::size_t i = 0; i < rows.size() && i < 12; ++i) text += "    " + row_text(rows[i]) + "\n";
  if (rows.size() > 12) text += "    ... " + std::to_string(rows.size()) + " rows\n";
  return text;
}

class SqlitePair final : public Pair {
 public:
  explicit SqlitePair(std::string_view rules) {
    std::string pattern = (std::filesystem::temp_directory_path() / "pando_sql_XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a temporary directory");
    directory_ = pattern;
    const std::string config = directory_ / "pando.toml";
    std::ofstream(config)
        << "format = 1\n[databases.\"shop[0..3]\"]\nwrite = \"sqlite:shop{n}.db\"\n"
           "[databases.main]\nwrite = \"sqlite:main.db\"\n"
        << rules;
    sharded_.emplace(open(config));
    drivers::ConnectOptions options;
    options.dialect = Dialect::kSqlite;
    options.name = "oracle";
    options.path = (directory_ / "oracle.db").string();
    auto oracle = drivers::driver_for(Dialect::kSqlite).connect(options);
    if (!oracle) throw std::move(oracle).error();
    oracle_ = *std::move(oracle);
  }
  ~SqlitePair() override {
    sharded_.reset();
    oracle_.reset();
    std::filesystem::remove_all(directory_);
  }
  Dialect dialect() const override { return Dialect::kSqlite; }

 private:
  std::filesystem::path directory_;
};

class MariaDbPair final : public Pair {
 public:
  explicit MariaDbPair(std::string_view rules) {
    std::string pattern = (std::filesystem::temp_directory_path() / "pando_sql_XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("cannot make a temporary directory");
    directory_ = pattern;
    std::ostringstream toml;
    toml << "format = 1\ncompute = \"main\"\n";
    for (int i = 0; i < 5; ++i) {
      MariaDbServer& server = shared_mariadb(static_cast<std::size_t>(i % 2));
      databases_.push_back(std::make_unique<TestDatabase>(server));
      toml << "[databases." << (i < 4 ? "shop" + std::to_string(i) : std::string("main"))
           << "]\nwrite = \"mysql://" << server.user() << ":" << server.password() << "@"
           << server.host() << ":" << server.port() << "/" << databases_.back()->name() << "\"\n";
    }
    toml << rules;
    const std::string config = directory_ / "pando.toml";
    std::ofstream(config) << toml.str();
    sharded_.emplace(open(config));
    oracle_database_ = std::make_unique<TestDatabase>(shared_mariadb(0));
    auto oracle = drivers::driver_for(Dialect::kMySql).connect(oracle_database_->options("oracle"));
    if (!oracle) throw std::move(oracle).error();
    oracle_ = *std::move(oracle);
  }
  ~MariaDbPair() override {
    sharded_.reset();
    oracle_.reset();
    std::filesystem::remove_all(directory_);
  }
  Dialect dialect() const override { return Dialect::kMySql; }

 private:
  std::filesystem::path directory_;
  std::vector<std::unique_ptr<TestDatabase>> databases_;
  std::unique_ptr<TestDatabase> oracle_database_;
};

std::string show(const Answer& answer) {
  if (answer.error) {
    return "    error " + std::string(answer.error->id()) + ": " + answer.error->message() + " " +
           answer.error->native_message() + "\n";
  }
  if (answer.columns.empty()) return "    affected " + std::to_string(answer.affected) + "\n";
  return "    [" + row_text(answer.columns) + "]\n" + rows_text(answer.rows);
}

}  // namespace

Answer read_answer(Result<Reply> reply) {
  Answer answer;
  if (!reply) {
    answer.error = std::move(reply).error();
    return answer;
  }
  answer.affected = reply->write.affected_rows;
  if (!reply->rows) return answer;
  for (const Column& column : reply->rows->columns()) answer.columns.push_back(column.name);
  while (true) {
    auto more = reply->rows->next();
    if (!more) {
      answer.error = std::move(more).error();
      return answer;
    }
    if (!*more) return answer;
    std::vector<std::string>& row = answer.rows.emplace_back();
    for (const Value& value : reply->rows->row()) row.push_back(to_text(value));
  }
}

std::string difference(const Answer& expected, const Answer& actual, bool ordered) {
  const auto both = [&](const std::string& what) {
    return what + "\n  unsharded:\n" + show(expected) + "  pando:\n" + show(actual);
  };
  // An oracle that says it lacks something proves nothing: "MariaDB doesn't yet support 'LIMIT & IN
  // subquery'", which its temporary tables make possible.
  if (expected.error && !actual.error && expected.error->native_code() == 1235) return "";
  if (expected.error || actual.error) {
    if (!expected.error) return both("Pando fails where the database answers");
    if (!actual.error) return both("Pando answers where the database fails");
    return "";
  }
  if (expected.columns != actual.columns) return both("the columns differ");
  if (expected.columns.empty() && expected.affected != actual.affected) {
    return both("the affected rows differ");
  }
  auto left = expected.rows;
  auto right = actual.rows;
  if (!ordered) {
    std::sort(left.begin(), left.end());
    std::sort(right.begin(), right.end());
  }
  if (left != right) return both("the rows differ");
  return "";
}

std::string case_rules(Dialect dialect) {
  std::string rules = kCaseRules;
  const std::string mark = "@BINARY@";
  return rules.replace(rules.find(mark), mark.size(),
                       dialect == Dialect::kMySql ? "utf8mb4_bin" : "BINARY");
}

std::unique_ptr<Pair> open_pair(Dialect dialect, std::string_view rules) {
  if (dialect == Dialect::kSqlite) return std::make_unique<SqlitePair>(rules);
  return std::make_unique<MariaDbPair>(rules);
}

std::vector<Record> read_cases(const std::string& path, Dialect dialect) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<Record> records;
  const std::string here = dialect == Dialect::kMySql ? "mysql" : "sqlite";
  std::string line;
  std::size_t number = 0;
  bool open_record = false, wanted = true;
  while (std::getline(file, line)) {
    ++number;
    if (!line.empty() && line[0] == '#') continue;
    if (line.empty()) {
      open_record = false;
      wanted = true;
      continue;
    }
    if (!open_record && line.starts_with("onlyif ")) {
      wanted = line.substr(7) == here;
      continue;
    }
    if (!open_record) {
      open_record = true;
      Record& record = records.emplace_back();
      std::istringstream words(line);
      words >> record.verb;
      for (std::string word; words >> word;) record.words.push_back(word);
      record.line = number;
      if (!wanted) record.verb = "skip";
      continue;
    }
    if (!records.back().sql.empty()) records.back().sql += '\n';
    records.back().sql += line;
  }
  std::erase_if(records, [](const Record& record) { return record.verb == "skip"; });
  return records;
}

std::string run_record(Pair& pair, const Record& record) {
  const auto has = [&](std::string_view word) {
    return std::find(record.words.begin(), record.words.end(), word) != record.words.end();
  };
  const Answer actual = read_answer(pair.sharded().run(record.sql));
  if (record.verb == "refused") {
    if (!actual.error) return "answered, and should be refused\n" + show(actual);
    if (!has(actual.error->id())) return "refused with another code:\n" + show(actual);
    return "";
  }
  if (record.verb == "either" && actual.error &&
      actual.error->category() == ErrorCategory::kRefused) {
    return "";
  }
  const Answer expected = read_answer(pair.oracle().run(record.sql));
  std::string diff = difference(expected, actual, has("ordered"));
  if (!diff.empty()) return diff;
  if (record.verb == "both" && expected.error) return "both sides fail:\n" + show(expected);
  for (const std::string_view level : {"single", "scatter", "compute"}) {
    if (!has(level)) continue;
    const std::string tree = pair.sharded().explain(record.sql).tree();
    if (!tree.starts_with(level)) return "not " + std::string(level) + ":\n" + tree;
  }
  return "";
}

}  // namespace pando::test
