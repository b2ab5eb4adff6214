#include "router/execute/ddl.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "router/execute/borrowed.h"
#include "router/execute/bound_query.h"
#include "router/execute/branches.h"
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

class SchemaChange {
 public:
  SchemaChange(const plan::Plan& plan, std::span<const Value> parameters)
      : plan_(plan), parameters_(parameters), errors_(plan.queries.size()) {}

  Result<Reply> run(Connections& connections, const ExecuteOptions& options) {
    PANDO_ASSIGN(branches_, borrow_branches(plan_, connections, options.cancel));
    const std::size_t rounds = most_queries(branches_);
    for (std::size_t round = 0; round < rounds; ++round) PANDO_TRY(run_round(round));
    if (made_ && !found_.empty()) PANDO_TRY(compare_found());
    return verdict();
  }

 private:
  // A query of the plan, and where it ran.
  struct Place {
    const Branch* branch = nullptr;
    std::size_t index = 0;
  };

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
    Answers answers = exchange_all(calls, OnFailure::kFinish);
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
    } else if (query.steps.empty()) {
      ++done_before_;
      if (query.done.same_table) found_.push_back({&branch, index});
    } else {
      run_steps(branch, index, query.steps);
    }
  }

  // What was there before must be what this statement makes, not a view or a table of another kind.
  Result<void> compare_found() {
    PANDO_ASSIGN(const drivers::TableSchema wanted, describe(*made_));
    for (const Place& place : found_) {
      PANDO_ASSIGN(const drivers::TableSchema there, describe(place));
      const bool same =
          there.is_view == wanted.is_view &&
          std::equal(there.columns.begin(), there.columns.end(), wanted.columns.begin(),
                     wanted.columns.end(), [](const auto& a, const auto& b) {
                       return a.name == b.name && a.declared_type == b.declared_type &&
                              a.nullable == b.nullable && a.collation == b.collation;
                     });
      if (same) continue;
      --done_before_;
      const plan::PhysicalQuery& query = plan_.queries[place.index];
      errors_[place.index] =
          Error(ErrorCode::kPartialDdl, "another table or view named " + query.table + " is there")
              .with_data_source(place.branch->borrowed->connection().name());
    }
    return {};
  }

  // One action of several was done before; which of them is seen by running them one by one.
  void run_steps(const Branch& branch, std::size_t index, const std::vector<plan::DdlStep>& steps) {
    bool any = false;
    for (const plan::DdlStep& step : steps) {
      auto reply =
          branch.borrowed->connection().run(drivers::Query{.sql = step.sql, .prepare = false});
      if (reply) {
        any = true;
        add(reply->write);
      } else if (!says_done(reply.error(), step.done)) {
        errors_[index] = std::move(reply).error();
        // Some of its actions may have taken effect, so this is not a change that failed as a
        // whole.
        changed_ += any ? 1 : 0;
        return;
      }
    }
    ++(any ? changed_ : done_before_);
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
        .with_native(example->native_code(), {}, example->native_message())
        .with_outcome(Outcome::kPartial);
  }

  std::string place_of(std::size_t index) const {
    const auto& shard = plan_.queries[index].shard;
    return shard ? "shard " + std::to_string(*shard) + ": " : std::string();
  }

  Result<drivers::TableSchema> describe(const Place& place) const {
    return place.branch->borrowed->connection().describe(plan_.queries[place.index].table);
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
  Reply reply_;
};

}  // namespace

Result<Reply> change_schema(const plan::Plan& plan, std::span<const Value> parameters,
                            Connections& connections, const ExecuteOptions& options) {
  return SchemaChange(plan, parameters).run(connections, options);
}

}  // namespace pando::execute
