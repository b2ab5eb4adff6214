#include "router/plan/plan_cache.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "router/plan/shape.h"
#include "router/sql/normalize.h"

namespace pando::plan {
namespace {

// Buffers that a thread keeps, so that a hit does not allocate for its key. A hit takes them along:
// while its plan is made, a sharding function could run statements of its own.
sql::NormalizedText& scratch() {
  thread_local sql::NormalizedText buffers;
  return buffers;
}

// The plan of a thread's last point read.
std::shared_ptr<Plan>& spare_plan() {
  thread_local std::shared_ptr<Plan> plan;
  return plan;
}

// A statement keeps its text without the white space around it, a cached text must be without too.
bool is_trimmed(std::string_view text) {
  const auto space = [](char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' || c == ';';
  };
  return !text.empty() && !space(text.front()) && !space(text.back());
}

}  // namespace

bool PlanCache::Entry::serves(std::string_view text, const sql::NormalizedText& normalized) const {
  if (key != normalized.key) return false;
  const std::string_view own = shape->statement->text();
  for (const std::uint32_t i : pinned) {
    const sql::Span a = literals[i];
    const sql::Span b = normalized.literals[i];
    if (own.substr(a.begin, a.size()) != text.substr(b.begin, b.size())) return false;
  }
  return true;
}

std::optional<PlanCache::Hit> PlanCache::find(std::string_view text) {
  if (per_part_ == 0 || text.size() > kMaxText || !is_trimmed(text)) return std::nullopt;
  sql::NormalizedText& normalized = scratch();
  if (!sql::normalize(text, options_, &normalized)) return std::nullopt;
  EntryPtr found;
  {
    Part& part = part_of(normalized.hash);
    const std::lock_guard lock(part.mutex);
    const auto [first, last] = part.by_hash.equal_range(normalized.hash);
    for (auto it = first; it != last; ++it) {
      const EntryPtr& entry = it->second->second;
      if (!entry->serves(text, normalized)) continue;
      found = entry;
      if (it->second != part.recent.begin()) {
        part.recent.splice(part.recent.begin(), part.recent, it->second);
      }
      break;
    }
    ++(found ? part.hits : part.misses);
  }
  if (!found) return std::nullopt;
  return Hit(std::move(found), text, std::exchange(normalized, {}));
}

PlanCache::Hit::~Hit() {
  if (entry_) scratch() = std::move(normalized_);
}

Result<Plan> PlanCache::Hit::bind(std::span<const Value> parameters,
                                  const PlanContext& context) const {
  const rewrite::BoundText bound(text_, entry_->literals, normalized_.literals);
  return bind_text(*entry_->shape, bound, parameters, context);
}

bool PlanCache::Hit::begins(std::int64_t period) const {
  std::int64_t last = entry_->period.load(std::memory_order_relaxed);
  return last < period && entry_->period.compare_exchange_strong(last, period);
}

const sql::Statement& PlanCache::Hit::statement() const { return *entry_->shape->statement; }

std::shared_ptr<const Plan> PlanCache::Hit::bind_point(std::span<const Value> parameters) const {
  const sql::Statement& statement = *entry_->shape->statement;
  const QueryShape* query = std::get_if<QueryShape>(&entry_->shape->what);
  if (query == nullptr || !query->point) return nullptr;
  if (parameters.size() != statement.parameter_count()) return nullptr;
  const rewrite::BoundText bound(text_, entry_->literals, normalized_.literals);
  // Taken out meanwhile, as the buffers are.
  std::shared_ptr<Plan> plan = std::exchange(spare_plan(), nullptr);
  if (!plan || plan.use_count() != 1) plan = std::make_shared<Plan>();
  std::atomic_thread_fence(std::memory_order_acquire);  // With whoever had it, in another thread.
  if (!plan::bind_point(*query, route::BindInput(statement, bound, parameters), *plan)) {
    return nullptr;
  }
  spare_plan() = plan;
  return plan;
}

void PlanCache::insert(std::string_view text, ShapePtr shape, std::int64_t period) {
  if (per_part_ == 0 || text.size() > kMaxText || !is_trimmed(text)) return;
  // Only then are the places of the shape those of the text.
  if (shape->statement->text() != text) return;
  sql::NormalizedText& normalized = scratch();
  if (!sql::normalize(text, options_, &normalized)) return;
  if (shape->pin_all && !normalized.literals.empty()) return;
  auto entry = std::make_shared<Entry>();
  entry->key = normalized.key;
  for (const sql::Span span : normalized.literals) {
    const bool pinned = std::any_of(shape->pinned.begin(), shape->pinned.end(), [&](sql::Span p) {
      return p.begin < span.end && span.begin < p.end;
    });
    if (pinned) entry->pinned.push_back(static_cast<std::uint32_t>(entry->literals.size()));
    entry->literals.push_back(span);
  }
  entry->shape = std::move(shape);
  entry->period = period;

  Part& part = part_of(normalized.hash);
  const std::lock_guard lock(part.mutex);
  const auto [same, end] = part.by_hash.equal_range(normalized.hash);
  for (auto it = same; it != end; ++it) {
    if (!it->second->second->serves(text, normalized)) continue;
    // Another thread has missed it too, or its schema was needed.
    it->second->second = std::move(entry);
    part.recent.splice(part.recent.begin(), part.recent, it->second);
    return;
  }
  part.recent.emplace_front(normalized.hash, std::move(entry));
  part.by_hash.emplace(normalized.hash, part.recent.begin());
  while (part.recent.size() > per_part_) {
    const auto oldest = std::prev(part.recent.end());
    const auto [first, last] = part.by_hash.equal_range(oldest->first);
    for (auto it = first; it != last; ++it) {
      if (it->second != oldest) continue;
      part.by_hash.erase(it);
      break;
    }
    part.recent.pop_back();
  }
}

void PlanCache::clear() {
  for (Part& part : parts_) {
    const std::lock_guard lock(part.mutex);
    part.by_hash.clear();
    part.recent.clear();
  }
}

PlanCache::Counts PlanCache::counts() const {
  Counts counts;
  for (const Part& part : parts_) {
    const std::lock_guard lock(part.mutex);
    counts.hits += part.hits;
    counts.misses += part.misses;
    counts.entries += part.recent.size();
  }
  return counts;
}

}  // namespace pando::plan
