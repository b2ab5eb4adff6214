#include "router/execute/ddl.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "router/execute/borrowed.h"
#include "router/execute/bound_query.h"
#include "router/execute/branches.h"
#include "router/execute/clock.h"
#include "router/execute/exchange.h"

namespace pando::execute {
namespace {

constexpr std::size_t kMostNamed = 10;  // Failed tables that a message lists.

bool says_done(const Error& error, const plan::DoneSigns& signs) {
  if (error.native_code() != 0 &&
      std::find(signs.codes.begin(), signs.codes.end(), error.native_code()) != signs.codes.end()) {
    return true;
  }
  return std::any_of(signs.texts.begin(), signs.texts.end(), [&](const std::string& text) {
    return error.native_message().find(text) != std::string::npos;
  });
}

// Keys by what they hold: their names may differ from node to node.
std::vector<std::string> keys_of(const drivers::TableSchema& table) {
  std::vector<std::string> keys;
  for (const drivers::KeySchema& key : table.keys) {
    std::string text = key.primary ? "primary key (" : key.unique ? "unique key (" : "index (";
    for (const std::string& column : key.columns) text += column + ", ";
    keys.push_back(text.substr(0, text.size() - 2) + ")");
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

// What `there` has or lacks; "" if it is like `wanted`.
std::string unlike(const drivers::TableSchema& there, const drivers::TableSchema& wanted) {
  if (there.is_view != wanted.is_view) {
    return there.table + (there.is_view ? " is a view" : " is a table");
  }
  const bool same_columns =
      std::equal(there.columns.begin(), there.columns.end(), wanted.columns.begin(),
                 wanted.columns.end(), [](const auto& a, const auto& b) {
                   return a.name == b.name && a.declared_type == b.declared_type &&
                          a.nullable == b.nullable && a.collation == b.collation;
                 });
  if (!same_columns) return "table " + there.table + " has other columns";
  const std::vector<std::string> has = keys_of(there), wants = keys_of(wanted);
  std::vector<std::string> apart;
  std::set_difference(wants.begin(), wants.end(), has.begin(), has.end(),
                      std::back_inserter(apart));
  if (!apart.empty()) return "table " + there.table + " lacks " + apart.front();
  std::set_difference(has.begin(), has.end(), wants.begin(), wants.end(),
                      std::back_inserter(apart));
  return apart.empty() ? std::string() : "table " + there.table + " has " + apart.front();
}

class SchemaChange {
 public:
  SchemaChange(const plan::Plan& plan, std::span<const Value> parameters)
      : plan_(plan), parameters_(parameters), errors_(plan.queries.size()) {}

  Result<Reply> run(Connections& connections, const ExecuteOptions& options) {
    read_timeout_ = options.read_timeout;
    PANDO_ASSIGN(branches_, borrow_branches(plan_, connections, options.cancel));
    // A change over several data sources is not atomic: one that is down is better found out now.
    for (const Branch& branch : branches_) PANDO_TRY(branch.borrowed->connection().ping());
    if (plan_.fix_timestamp) PANDO_TRY(stop_clocks());
    const std::size_t rounds = most_queries(branches_);
    for (std::size_t round = 0; round < rounds; ++round) PANDO_TRY(run_round(round));
    compare_found();
    return verdict();
  }

 private:
  // A query of the plan, and where it ran.
  struct Place {
    const Branch* branch = nullptr;
    std::size_t index = 0;
  };

  Result<void> stop_clocks() {
    const std::string stop = set_clock();
    for (const Branch& branch : branches_) {
      branch.borrowed->restore_with(kOwnClock);
      PANDO_TRY(branch.borrowed->connection().run(stop));
    }
    return {};
  }

  Result<void> run_round(std::size_t round) {
    std::vector<BoundQuery> bound;
    bound.reserve(branches_.size());
    std::vector<Call> calls;
    std::vector<const Branch*> called;
    for (const Branch& branch : branches_) {
      if (round >= branch.queries.size()) continue;
      PANDO_ASSIGN(BoundQuery query, bind_query(plan_, branch.queries[round], parameters_));
      bound.push_back(std::move(query));
      calls.push_back({branch.borrowed.get(), bound.back().view(false)});
      called.push_back(&branch);
    }
    Answers answers = exchange_all(calls, OnFailure::kFinish, read_timeout_);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      judge(*called[i], called[i]->queries[round], std::move(answers.replies[i]));
    }
    return {};
  }

  void judge(const Branch& branch, std::size_t index, Result<Reply> reply) {
    const plan::PhysicalQuery& query = plan_.queries[index];
    if (reply) {
      ++changed_;
      if (!made_) made_ = {&branch, index};
      add(reply->write);
      return;
    }
    Error error = std::move(reply).error();
    if (!first_) first_ = error;
    if (!says_done(error, query.done)) {
      errors_[index] = std::move(error);
    } else {
      ++done_before_;
      found_.push_back({&branch, index});
    }
  }

  // A node that has nothing left to do must look like one where the change was made just now, or
  // else like most others: what is there may be a view, or another table or index of that name.
  void compare_found() {
    if (found_.empty()) return;
    const Place model = made_ ? *made_ : found_.front();
    std::vector<std::string> faults = differences(model);
    const auto same = static_cast<std::size_t>(std::count(faults.begin(), faults.end(), ""));
    if (!made_ && same * 2 < found_.size()) {
      const auto other = std::find_if(faults.begin(), faults.end(),
                                      [](const std::string& fault) { return !fault.empty(); });
      faults = differences(found_[static_cast<std::size_t>(other - faults.begin())]);
    }
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (faults[i].empty()) continue;
      --done_before_;
      errors_[found_[i].index] =
          Error(ErrorCode::kPartialDdl, std::move(faults[i])).with_data_source(where(found_[i]));
    }
  }

  std::vector<std::string> differences(const Place& model) const {
    std::vector<std::string> faults;
    for (const Place& place : found_) {
      faults.push_back(place.index == model.index ? std::string() : difference(place, model));
    }
    return faults;
  }

  // "" if the node is as the model.
  std::string difference(const Place& place, const Place& model) const {
    const plan::PhysicalQuery& query = plan_.queries[place.index];
    const plan::PhysicalQuery& wanted_query = plan_.queries[model.index];
    drivers::Connection& here = place.branch->borrowed->connection();
    for (const std::string& table : query.absent) {
      const auto there = here.describe(table);
      if (there) return "table " + table + " is still there";
      if (there.error().code() != ErrorCode::kUnknownTable) return there.error().message();
    }
    const std::size_t tables = std::min(query.present.size(), wanted_query.present.size());
    for (std::size_t i = 0; i < tables; ++i) {
      const std::string& name = wanted_query.present[i];
      const auto wanted = model.branch->borrowed->connection().describe(name);
      const auto there = here.describe(query.present[i]);
      const bool neither = !wanted && !there && there.error().code() == ErrorCode::kUnknownTable &&
                           wanted.error().code() == ErrorCode::kUnknownTable;
      if (neither) continue;
      if (!wanted) return wanted.error().message();
      if (!there) return there.error().message();
      std::string fault = unlike(*there, *wanted);
      if (!fault.empty()) return fault + ", unlike " + where(model) + "." + name;
    }
    return {};
  }

  static const std::string& where(const Place& place) {
    return place.branch->borrowed->connection().name();
  }

  void add(const WriteResult& result) {
    reply_.write.affected_rows += result.affected_rows;
    reply_.write.warnings += result.warnings;
  }

  Result<Reply> verdict() {
    const auto failed = static_cast<std::size_t>(
        std::count_if(errors_.begin(), errors_.end(), [](const auto& e) { return e.has_value(); }));
    // Nothing changed anywhere: the answer is what one database would have said.
    if (changed_ == 0 && (failed == 0 || done_before_ == 0)) return fail(*std::move(first_));
    if (failed == 0) return std::move(reply_);
    return fail(partial(failed));
  }

  Error partial(std::size_t failed) const {
    std::string message = "failed on " + std::to_string(failed) + " of " +
                          std::to_string(errors_.size()) + " physical tables:";
    std::size_t named = 0;
    const Error* example = nullptr;
    for (std::size_t i = 0; i < errors_.size(); ++i) {
      if (!errors_[i]) continue;
      if (!example) example = &*errors_[i];
      if (++named > kMostNamed) continue;
      message += "\n  " + place_of(i) + errors_[i]->message();
    }
    if (named > kMostNamed) message += "\n  and " + std::to_string(named - kMostNamed) + " more";
    return Error(ErrorCode::kPartialDdl, std::move(message))
        .with_data_source(example->data_source())
        .with_native_of(*example)
        .with_outcome(Outcome::kPartial);
  }

  std::string place_of(std::size_t index) const {
    const auto& shard = plan_.queries[index].shard;
    return shard ? "shard " + std::to_string(*shard) + ": " : std::string();
  }

  const plan::Plan& plan_;
  std::span<const Value> parameters_;
  std::vector<Branch> branches_;
  std::vector<std::optional<Error>> errors_;  // One per query.
  std::optional<Error> first_;                // Of any kind.
  std::optional<Place> made_;                 // The first query that succeeded.
  std::vector<Place> found_;                  // Where the table was there before.
  std::size_t changed_ = 0;
  std::size_t done_before_ = 0;
  std::chrono::milliseconds read_timeout_{0};
  Reply reply_;
};

}  // namespace

Result<Reply> change_schema(const plan::Plan& plan, std::span<const Value> parameters,
                            Connections& connections, const ExecuteOptions& options) {
  return SchemaChange(plan, parameters).run(connections, options);
}

}  // namespace pando::execute
