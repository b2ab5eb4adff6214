// PlanCache: shapes by their text with the literals taken out, so that `?` and literal SQL both
// hit.
//
// A hit parses and analyzes nothing: the text is lexed once for its key, and the shape found is
// bound to the literals that stand in it. Literals that analysis looked at (ORDER BY 2) must be the
// same; another value makes another entry. Writes are kept only if they have no literals: with
// parameters.
//
// What is kept depends on the rules, on the parse options and on the schemas it was made with: one
// cache for each RuleSet and ParseOptions, and clear() after a schema change.
//
// Bounded: `capacity` shapes, the least recently used go first; texts longer than 64 KiB are not
// kept. Cost of a hit: one pass of the lexer, one hash look-up under a mutex that only few share,
// and bind(). Threads: all members may be called from any thread.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "router/plan/planner.h"
#include "router/sql/normalize.h"
#include "router/sql/statement.h"

namespace pando::plan {

class PlanCache {
 public:
  // 0 turns the cache off.
  PlanCache(std::size_t capacity, const sql::ParseOptions& options)
      : per_part_(capacity == 0 ? 0 : (capacity + kParts - 1) / kParts), options_(options) {}

  // A shape that serves a text.
  class Hit;
  // nullopt: not here.
  std::optional<Hit> find(std::string_view text);

  // Keeps the shape of `text`, whose tables were looked at in `period`.
  // Requires: it was analyzed from exactly this text.
  void insert(std::string_view text, ShapePtr shape, std::int64_t period);

  void clear();

  struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::size_t entries = 0;
  };
  Counts counts() const;

 private:
  static constexpr std::size_t kParts = 16;
  static constexpr std::size_t kMaxText = 64u << 10;

  struct Entry {
    std::string key;
    ShapePtr shape;
    std::vector<sql::Span> literals;              // In the shape's own text.
    std::vector<std::uint32_t> pinned;            // Which of them must be the same.
    mutable std::atomic<std::int64_t> period{0};  // When its tables were last looked at.
    bool serves(std::string_view text, const sql::NormalizedText& normalized) const;
  };
  using EntryPtr = std::shared_ptr<const Entry>;
  struct Part {
    mutable std::mutex mutex;
    std::list<std::pair<std::uint64_t, EntryPtr>> recent;  // Most recently used first.
    std::unordered_multimap<std::uint64_t, decltype(recent)::iterator> by_hash;
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };
  Part& part_of(std::uint64_t hash) { return parts_[hash >> 60]; }

  std::size_t per_part_;
  sql::ParseOptions options_;
  std::array<Part, kParts> parts_;
};

// Lifetime: views the text that was looked for.
class PlanCache::Hit {
 public:
  Hit(Hit&&) = default;
  ~Hit();

  // As bind() of the text's own shape.
  // Requires: the context's rules are those the shape was analyzed with.
  Result<Plan> bind(std::span<const Value> parameters, const PlanContext& context) const;
  // The short way for a point read; see bind_point() in shape.h. The thread shares the plan, and
  // fills it again for its next read if nobody else has it then. Null: bind() must do it.
  std::shared_ptr<const Plan> bind_point(std::span<const Value> parameters) const;

  // Whether the shape's tables are to be looked at again, now that it is this period. True once in
  // each: whoever asks first looks for all others.
  bool begins(std::int64_t period) const;
  const sql::Statement& statement() const;

 private:
  friend class PlanCache;
  Hit(EntryPtr entry, std::string_view text, sql::NormalizedText normalized)
      : entry_(std::move(entry)), text_(text), normalized_(std::move(normalized)) {}

  EntryPtr entry_;  // Null once it was moved from.
  std::string_view text_;
  sql::NormalizedText normalized_;
};

}  // namespace pando::plan
