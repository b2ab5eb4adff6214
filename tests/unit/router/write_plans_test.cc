// The plans of writes, schema changes and session statements, as files of statements and what
// becomes of them. PANDO_UPDATE_PLANS=1 writes what is planned now into the files, for review.
//
// A file starts with `config: FILE` and, if the tables' columns are to be known, `schema: yes`. A
// case is a statement, perhaps `params: v, v ...` (integers, 'text', NULL), a line `=>`, and the
// plan; cases are parted by a line of dashes. Lines with # in front are comments.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "router/plan/write_planner.h"
#include "router/sql/node_sets.h"
#include "router/sql/parser.h"
#include "rules/config.h"

namespace pando::plan {
namespace {

namespace fs = std::filesystem;

fs::path folder() { return fs::path(PANDO_SOURCE_DIR) / "tests/plans/writes"; }

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

rules::RuleSetPtr rules_of(const std::string& file) {
  rules::ConfigOptions options;
  options.directory = "/srv";
  const std::string text = read(folder() / file);
  auto rules = rules::parse_config(text, options);
  if (!rules) {
    ADD_FAILURE() << file << ": " << rules.error().message();
    return nullptr;
  }
  return *rules;
}

// --- The shop's columns --------------------------------------------------------------------------

using drivers::ColumnSchema;
using drivers::TableSchema;

ColumnSchema column(std::string name, SqlType type, std::string declared) {
  ColumnSchema c;
  c.name = std::move(name);
  c.type = type;
  c.declared_type = std::move(declared);
  return c;
}
ColumnSchema integer(const std::string& name) { return column(name, SqlType::kInt32, "int(11)"); }
ColumnSchema bigint(const std::string& name) { return column(name, SqlType::kInt64, "bigint(20)"); }
ColumnSchema text(const std::string& name, std::uint32_t length, const std::string& collation) {
  ColumnSchema c = column(name, SqlType::kText, "varchar(" + std::to_string(length) + ")");
  c.max_length = length;
  c.collation = collation;
  return c;
}
ColumnSchema not_null(ColumnSchema c) {
  c.nullable = false;
  return c;
}
ColumnSchema numbered(ColumnSchema c) {
  c.auto_increment = true;
  return not_null(c);
}
ColumnSchema stamped(const std::string& name) {
  ColumnSchema c = column(name, SqlType::kTimestamp, "timestamp");
  c.has_default = c.default_varies = true;
  return c;
}

void add(SchemaView::Tables& tables, const std::string& name, std::vector<ColumnSchema> columns,
         std::vector<std::vector<std::string>> unique) {
  auto table = std::make_shared<TableSchema>();
  table->table = name;
  table->columns = std::move(columns);
  for (std::size_t i = 0; i < unique.size(); ++i) {
    drivers::KeySchema key;
    key.name = i == 0 ? "PRIMARY" : "unique_" + std::to_string(i);
    key.unique = true;
    key.primary = i == 0;
    key.columns = unique[i];
    table->keys.push_back(std::move(key));
  }
  tables[name] = std::move(table);
}

SchemaView shop(Dialect dialect) {
  const std::string bin = dialect == Dialect::kMySql ? "utf8mb4_bin" : "BINARY";
  SchemaView::Tables t;
  add(t, "orders", {not_null(bigint("id")), integer("user_id"), text("sku", 20, bin)}, {{"id"}});
  add(t, "order_items", {not_null(bigint("order_id")), not_null(integer("user_id")), integer("n")},
      {{"order_id", "user_id"}});
  add(t, "archived", {not_null(bigint("id")), integer("user_id"), text("sku", 20, bin)}, {{"id"}});
  add(t, "customers",
      {numbered(column("id", SqlType::kInt16, "smallint(5) unsigned")), text("name", 40, bin)},
      {{"id"}});
  auto customers = std::make_shared<TableSchema>(*t["customers"]);
  customers->columns[0].is_unsigned = true;
  t["customers"] = customers;
  add(t, "users", {not_null(text("name", 8, bin)), bigint("points")}, {{"name"}});
  add(t, "regions", {numbered(integer("id")), text("name", 40, bin), stamped("changed")}, {{"id"}});
  add(t, "countries", {not_null(integer("id")), text("name", 40, bin)}, {{"id"}});
  add(t, "coupons", {numbered(integer("id")), text("code", 10, bin)}, {{"id"}});
  add(t, "settings", {not_null(text("name", 40, bin)), text("value", 40, bin)}, {{"name"}});
  // An index as it is called on the first node.
  drivers::KeySchema index;
  index.name = "by_sku__0";
  index.columns = {"sku"};
  auto orders = std::make_shared<TableSchema>(*t["orders"]);
  orders->keys.push_back(index);
  t["orders"] = orders;
  return SchemaView(std::move(t));
}

// --- Cases ---------------------------------------------------------------------------------------

struct Case {
  std::string head;  // Comments and the statement, as in the file.
  std::string sql;
  std::vector<std::string> parameters;
  std::string expected;
  std::size_t line = 0;
};

struct File {
  std::string head;
  std::string config;
  bool schema = false;
  std::vector<Case> cases;
};

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \n") - begin + 1);
}

File parse_file(const std::string& content) {
  File file;
  std::istringstream in(content);
  std::string line;
  Case one;
  bool in_head = true;
  bool in_plan = false;
  std::size_t number = 0;
  const auto flush = [&] {
    one.sql = trimmed(one.sql);
    one.expected = trimmed(one.expected);
    if (!one.sql.empty()) file.cases.push_back(one);
    one = Case();
    in_plan = false;
  };
  while (std::getline(in, line)) {
    ++number;
    if (line == "---") {
      if (!in_head) flush();
      in_head = false;
    } else if (in_head) {
      file.head += line + "\n";
      if (line.rfind("config: ", 0) == 0) file.config = line.substr(8);
      if (line == "schema: yes") file.schema = true;
    } else if (line == "=>") {
      in_plan = true;
    } else if (in_plan) {
      one.expected += line + "\n";
    } else {
      one.head += line + "\n";
      if (line.rfind("# ", 0) == 0) continue;
      if (line.rfind("params: ", 0) == 0) {
        std::istringstream values(line.substr(8));
        std::string value;
        while (std::getline(values, value, ',')) one.parameters.push_back(trimmed(value));
        continue;
      }
      if (one.line == 0) one.line = number;
      one.sql += line + "\n";
    }
  }
  flush();
  return file;
}

std::string name_of(SessionAction action) {
  switch (action) {
    case SessionAction::kNone:
      return "none";
    case SessionAction::kBegin:
      return "begin";
    case SessionAction::kCommit:
      return "commit";
    case SessionAction::kRollback:
      return "rollback";
    case SessionAction::kSavepoint:
      return "savepoint";
    case SessionAction::kRollbackTo:
      return "rollback to";
    case SessionAction::kReleaseSavepoint:
      return "release savepoint";
    case SessionAction::kSet:
      return "set";
    case SessionAction::kUse:
      return "use";
    case SessionAction::kAutocommitOff:
      return "autocommit off";
    case SessionAction::kAutocommitOn:
      return "autocommit on";
    case SessionAction::kLockTables:
      return "lock tables";
    case SessionAction::kUnlockTables:
      return "unlock tables";
    case SessionAction::kCommitsOnly:
      return "commits only";
    case SessionAction::kNothing:
      return "nothing";
    case SessionAction::kShowTables:
      return "show tables";
    case SessionAction::kShowFullTables:
      return "show full tables";
  }
  return "?";
}

std::string signs(const DoneSigns& done) {
  std::string out;
  for (const int code : done.codes) out += " " + std::to_string(code);
  for (const std::string& part : done.texts) out += " \"" + part + "\"";
  return out;
}

std::string print(const Plan& plan, const rules::RuleSet& rules) {
  std::ostringstream out;
  if (plan.session != SessionAction::kNone) {
    out << "session: " << name_of(plan.session);
    if (!plan.session_text.empty()) out << ": " << plan.session_text;
    out << "\n";
    if (plan.sql_mode_changed) out << "sql_mode: " << plan.sql_mode.value_or("(ask)") << "\n";
  } else {
    out << (plan.into ? "rows" : plan.level == Level::kSingle ? "single" : "scatter");
    switch (plan.write) {
      case WriteKind::kNone:
        out << " read";
        break;
      case WriteKind::kSum:
        out << " write";
        break;
      case WriteKind::kBroadcast:
        out << " broadcast";
        break;
      case WriteKind::kDdl:
        out << " ddl";
        break;
    }
    if (plan.write != WriteKind::kNone && plan.returns_rows) out << " returning";
    if (plan.fix_timestamp) out << " timestamp";
    out << "\n";
  }
  if (plan.into) {
    out << "read: " << plan.pieces.front().sql << "\n";
    const auto say = [&out](const char* what, const RowsWrite& write) {
      if (!write.head.empty()) out << what << write.head << "..." << write.tail << "\n";
    };
    say("write: ", plan.into->write);
    if (plan.into->move) {
      say("remove: ", plan.into->move->remove);
      say("insert: ", plan.into->move->insert);
    }
  }
  for (const PhysicalQuery& query : plan.queries) {
    out << rules.data_sources()[query.data_source].name;
    if (query.shard) out << "#" << *query.shard;
    out << ": " << query.sql;
    for (std::size_t i = 0; i < query.parameters.size(); ++i) {
      const ParameterSource& source = query.parameters[i];
      out << (i == 0 ? "  [" : ", ") << (source.generated ? "generated " : "") << source.index;
      EXPECT_EQ(query.sql[query.parameter_offsets[i]], '?');
    }
    if (!query.parameters.empty()) out << "]";
    out << "\n";
    if (!signs(query.done).empty()) out << "  done:" << signs(query.done) << "\n";
  }
  for (std::size_t i = 0; i < plan.generated.size(); ++i) {
    out << "generated " << i << ": " << plan.generated[i].number << "\n";
  }
  if (plan.generated_key) out << "generated key: " << *plan.generated_key << "\n";
  for (const std::string& note : plan.notes) out << "note: " << note << "\n";
  return trimmed(out.str());
}

std::string print(const Error& error, std::string_view sql) {
  const ErrorSpan span = error.span();
  std::string out = "refused " + std::string(error.info().name);
  if (span.end > span.begin && span.end <= sql.size()) {
    out += " at \"" + std::string(sql.substr(span.begin, span.end - span.begin)) + "\"";
  }
  return out + "\n" + error.message();
}

std::string plan_of(const Case& one, const rules::RuleSet& rules, const SchemaView* schema) {
  sql::ParseOptions options;
  options.dialect = rules.dialect();
  options.mariadb = rules.mariadb();
  options.server_version = rules.server_version();
  auto parsed = sql::parse(one.sql, options);
  if (!parsed) return "does not parse: " + parsed.error().message();
  const auto statement = std::make_shared<const sql::Statement>(std::move(*parsed));
  std::vector<Value> values;
  for (const std::string& parameter : one.parameters) {
    if (parameter == "NULL") {
      values.push_back(Value::null());
    } else if (parameter.front() == '\'') {
      values.push_back(Value::of_text(std::string_view(parameter).substr(1, parameter.size() - 2)));
    } else {
      values.push_back(Value::of_int(std::stoll(parameter)));
    }
  }
  std::int64_t next = 1000;
  PlanContext context;
  context.rules = &rules;
  context.schema = schema;
  context.next_id = [&next](const std::string&) -> Result<OwnedValue> {
    return OwnedValue::of_int(++next);
  };
  if (sql::is_query(statement->kind(statement->root()))) return "a query";
  const auto shape = analyze_write(statement, context);
  if (!shape) return print(shape.error(), statement->text());
  const auto plan = bind_write(**shape, values, context);
  if (!plan) return print(plan.error(), statement->text());
  return print(*plan, rules);
}

class WritePlansTest : public testing::TestWithParam<std::string> {};

TEST_P(WritePlansTest, AreAsWritten) {
  const fs::path path = folder() / GetParam();
  const File file = parse_file(read(path));
  ASSERT_FALSE(file.cases.empty());
  const rules::RuleSetPtr rules = rules_of(file.config);
  ASSERT_NE(rules, nullptr);
  const SchemaView schema = shop(rules->dialect());
  const bool update = std::getenv("PANDO_UPDATE_PLANS") != nullptr;
  std::string rewritten = file.head;
  for (const Case& one : file.cases) {
    const std::string actual = plan_of(one, *rules, file.schema ? &schema : nullptr);
    rewritten += "---\n" + one.head + "=>\n" + actual + "\n";
    if (!update) {
      EXPECT_EQ(actual, one.expected) << GetParam() << ":" << one.line << ": " << one.sql;
    }
  }
  if (update) std::ofstream(path) << rewritten;
}

std::vector<std::string> files() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Files, WritePlansTest, testing::ValuesIn(files()),
                         [](const testing::TestParamInfo<std::string>& file) {
                           std::string name = file.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char c) {
                                 return std::isalnum(static_cast<unsigned char>(c)) == 0;
                               },
                               '_');
                           return name;
                         });

}  // namespace
}  // namespace pando::plan
