// The one walk over the tree that finds blocks, occurrences, joins and subqueries.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "router/analyze/functions.h"
#include "router/analyze/scope.h"
#include "router/analyze/variables.h"
#include "router/sql/node_sets.h"
#include "rules/suggest.h"

namespace pando::analyze {

using sql::kNoNode;
using sql::Node;
using sql::NodeKind;

class ScopeBuilder {
 public:
  ScopeBuilder(const sql::Statement& statement, const rules::RuleSet& rules,
               const plan::SchemaView* schema, Scopes& scopes)
      : statement_(statement), rules_(rules), schema_(schema), scopes_(scopes) {
    scopes_.statement_ = &statement;
    scopes_.rules_ = &rules;
    sqlite_ = statement.dialect() == Dialect::kSqlite;
  }

  Result<void> build() {
    const NodeId root = statement_.root();
    switch (statement_.kind(root)) {
      case NodeKind::kUpdate:
      case NodeKind::kDelete:
      case NodeKind::kInsert:
        add_write(root);
        break;
      default:
        add_query(root, kNoIndex, Role::kTop, kNoNode);
    }
    for (Occurrence& occurrence : scopes_.occurrences_) {
      if (occurrence.cte != kNoIndex) occurrence.body = scopes_.ctes_[occurrence.cte].body;
    }
    check_row_numbers();
    if (error_) return fail(std::move(*error_));
    return {};
  }

 private:
  // How an expression is reached; see Block.
  struct Where {
    BlockId block;
    Place place;
    bool filters = false;
    NodeId operand_of = kNoNode;
  };

  void refuse(ErrorCode code, sql::Span span, std::string message) {
    refuse(code, span, std::move(message), error_info(code).remedy);
  }
  void refuse(ErrorCode code, sql::Span span, std::string message, std::string_view remedy) {
    if (error_) return;
    error_ = Error(code, std::move(message)).with_span(span.begin, span.end).with_remedy(remedy);
  }

  BlockId add_block(NodeId node, BlockId parent, Role role, NodeId site) {
    Block block;
    block.node = node;
    block.parent = parent;
    block.role = role;
    block.site = site;
    scopes_.blocks_.push_back(block);
    return static_cast<BlockId>(scopes_.blocks_.size() - 1);
  }

  BlockId add_query(NodeId node, BlockId parent, Role role, NodeId site) {
    const BlockId id = add_block(node, parent, role, site);
    // CTEs first: whatever follows may name them.
    if (const NodeId first = statement_.node(node).child;
        first != kNoNode && statement_.kind(first) == NodeKind::kWith) {
      add_ctes(first, id);
    }
    const std::uint32_t first_occurrence = size();
    scopes_.blocks_[id].first = scopes_.blocks_[id].last = first_occurrence;
    if (const NodeId from = statement_.find(node, NodeKind::kFrom); from != kNoNode) {
      add_from(from, id);
    } else if (statement_.kind(node) == NodeKind::kTableQuery) {
      add_from(node, id);
    }
    for (const NodeId child : statement_.children(node)) walk_clause(child, id);
    return id;
  }

  void walk_clause(NodeId child, BlockId id) {
    const Node& node = statement_.node(child);
    switch (node.kind) {
      case NodeKind::kWith:
      case NodeKind::kFrom:
      case NodeKind::kTableRef:
      case NodeKind::kLocking:
        return;
      case NodeKind::kInto:
        return refuse(ErrorCode::kSessionStatement, node.span,
                      "SELECT ... INTO keeps its result at one connection or server");
      case NodeKind::kSelect:
      case NodeKind::kSetOperation:
      case NodeKind::kQueryParens:
      case NodeKind::kValuesQuery:
      case NodeKind::kTableQuery: {
        const BlockId operand = add_query(child, id, Role::kOperand, kNoNode);
        Block& block = scopes_.blocks_[id];
        (block.left == kNoIndex ? block.left : block.right) = operand;
        return;
      }
      case NodeKind::kSelectList:
        return walk_children(child, {id, Place::kSelectList});
      case NodeKind::kWhere:
        return walk_children(child, {id, Place::kWhere, true});
      case NodeKind::kHaving:
        return walk_children(child, {id, Place::kHaving, true});
      case NodeKind::kGroupBy:
        return walk_children(child, {id, Place::kGroupBy});
      case NodeKind::kOrderBy:
        return walk_children(child, {id, Place::kOrderBy});
      default:
        return walk(child, {id, Place::kOther});
    }
  }

  void add_write(NodeId root) {
    const BlockId id = add_block(root, kNoIndex, Role::kTop, kNoNode);
    if (const NodeId with = statement_.find(root, NodeKind::kWith); with != kNoNode) {
      add_ctes(with, id);
    }
    scopes_.blocks_[id].first = scopes_.blocks_[id].last = size();
    if (statement_.kind(root) == NodeKind::kInsert) {
      add_from(root, id);
    } else if (const NodeId from = statement_.find(root, NodeKind::kFrom); from != kNoNode) {
      add_from(from, id, statement_.find(root, NodeKind::kUpdateFrom));
    }
    for (const NodeId child : statement_.children(root)) {
      const NodeKind kind = statement_.kind(child);
      if (kind == NodeKind::kUpdateFrom || kind == NodeKind::kDeleteTargets) continue;
      walk_clause(child, id);
    }
  }

  void add_ctes(NodeId with, BlockId owner) {
    const bool all_visible = sqlite_ || statement_.node(with).has(sql::kRecursive);
    const std::size_t first = scopes_.ctes_.size();
    if (all_visible) {
      for (const NodeId node : statement_.children(with)) add_cte(node, owner);
    }
    std::size_t index = first;
    for (const NodeId node : statement_.children(with)) {
      // Inside of the body the CTE names itself only if it may be recursive.
      const std::size_t mine = index++;
      open_.push_back(all_visible ? static_cast<std::uint32_t>(mine) : kNoIndex);
      BlockId body = kNoIndex;
      for (const NodeId child : statement_.children(node)) {
        if (sql::is_query(statement_.kind(child))) body = add_query(child, owner, Role::kCte, node);
      }
      open_.pop_back();
      if (!all_visible) index = add_cte(node, owner) + 1;
      scopes_.ctes_[index_of(node)].body = body;
    }
  }
  std::size_t add_cte(NodeId node, BlockId owner) {
    Cte cte;
    cte.node = node;
    cte.name = statement_.find(node, NodeKind::kName);
    cte.owner = owner;
    scopes_.ctes_.push_back(cte);
    return scopes_.ctes_.size() - 1;
  }
  std::size_t index_of(NodeId cte) const {
    std::size_t i = 0;
    while (scopes_.ctes_[i].node != cte) ++i;
    return i;
  }

  std::uint32_t size() const { return static_cast<std::uint32_t>(scopes_.occurrences_.size()); }

  // Two passes, so that the occurrences of a block stand together: the tables and joins, then what
  // is inside of them.
  void add_from(NodeId from, BlockId id, NodeId more = kNoNode) {
    const std::uint32_t first = size();
    const auto first_join = static_cast<std::uint32_t>(scopes_.joins_.size());
    collect_children(from, id);
    if (more != kNoNode) collect_children(more, id);
    const std::uint32_t last = size();
    const auto last_join = static_cast<std::uint32_t>(scopes_.joins_.size());
    Block& block = scopes_.blocks_[id];
    block.first = first;
    block.last = last;
    block.first_join = first_join;
    block.last_join = last_join;
    for (std::uint32_t i = first; i < last; ++i) {
      const NodeId node = scopes_.occurrences_[i].node;
      const SourceKind kind = scopes_.occurrences_[i].kind;
      if (kind == SourceKind::kDerived) {
        for (const NodeId child : statement_.children(node)) {
          if (!sql::is_query(statement_.kind(child))) continue;
          const BlockId body = add_query(child, id, Role::kDerived, node);
          scopes_.occurrences_[i].body = body;
        }
      } else if (kind == SourceKind::kFunction) {
        walk_children(node, {id, Place::kFrom});
      }
    }
    for (std::uint32_t i = first_join; i < last_join; ++i) {
      const NodeId on = statement_.find(scopes_.joins_[i].node, NodeKind::kOn);
      if (on != kNoNode) walk_children(on, {id, Place::kOn, true});
    }
  }

  void collect_children(NodeId from, BlockId id) {
    for (const NodeId child : statement_.children(from)) collect(child, id);
  }

  void collect(NodeId node, BlockId id) {
    switch (statement_.kind(node)) {
      case NodeKind::kTableRef:
        return add_table(node, id);
      case NodeKind::kDerived:
      case NodeKind::kTableFunction: {
        Occurrence occurrence;
        occurrence.kind = statement_.kind(node) == NodeKind::kDerived ? SourceKind::kDerived
                                                                      : SourceKind::kFunction;
        occurrence.block = id;
        occurrence.node = node;
        occurrence.alias = alias_of(node);
        scopes_.occurrences_.push_back(occurrence);
        check_source(node);
        return;
      }
      case NodeKind::kJoin:
        return add_join(node, id);
      default:
        return;
    }
  }

  void check_source(NodeId node) {
    const NodeId name = statement_.find(node, NodeKind::kName);
    if (statement_.kind(node) != NodeKind::kTableFunction || name == kNoNode) return;
    if (rules_.data_sources().size() < 2 || is_pure_source(statement_.name(name))) return;
    refuse_one_file(name, statement_.node(node).span);
  }

  void refuse_one_file(NodeId name, sql::Span span) {
    refuse(ErrorCode::kUnsupportedStatement, span,
           statement_.name(name) + " tells of one file, and the tables lie in several");
  }

  void add_join(NodeId node, BlockId id) {
    const NodeId left = statement_.child(node, 0);
    const NodeId right = statement_.child(node, 1);
    Join join;
    join.node = node;
    join.kind = static_cast<sql::JoinKind>(statement_.node(node).op);
    join.natural = statement_.node(node).has(sql::kNatural);
    join.first = size();
    collect(left, id);
    join.middle = size();
    collect(right, id);
    join.last = size();
    using sql::JoinKind;
    const bool left_nullable = join.kind == JoinKind::kRight || join.kind == JoinKind::kFull;
    const bool right_nullable = join.kind == JoinKind::kLeft || join.kind == JoinKind::kFull;
    for (std::uint32_t i = join.first; i < join.last; ++i) {
      if (i < join.middle ? left_nullable : right_nullable) {
        scopes_.occurrences_[i].nullable = true;
      }
    }
    scopes_.joins_.push_back(join);
  }

  NodeId alias_of(NodeId node) const {
    const NodeId alias = statement_.find(node, NodeKind::kAlias);
    return alias == kNoNode ? kNoNode : statement_.node(alias).child;
  }

  void add_table(NodeId node, BlockId id) {
    Occurrence occurrence;
    occurrence.block = id;
    occurrence.node = node;
    occurrence.path = statement_.find(node, NodeKind::kTableName);
    if (occurrence.path == kNoNode) return;
    NodeId schema = kNoNode;
    occurrence.name = statement_.node(occurrence.path).child;
    if (const NodeId second = statement_.node(occurrence.name).next; second != kNoNode) {
      schema = occurrence.name;
      occurrence.name = second;
    }
    occurrence.alias = alias_of(node);
    if (schema == kNoNode && !scopes_.ctes_.empty()) find_cte(occurrence, id);
    if (occurrence.cte == kNoIndex) {
      if (schema == kNoNode && !sqlite_ && statement_.name_equals(occurrence.name, "dual")) return;
      find_table(occurrence, schema);
    }
    scopes_.occurrences_.push_back(occurrence);
  }

  void find_cte(Occurrence& occurrence, BlockId block) {
    for (BlockId at = block; at != kNoIndex; at = scopes_.blocks_[at].parent) {
      for (std::uint32_t i = static_cast<std::uint32_t>(scopes_.ctes_.size()); i-- > 0;) {
        Cte& cte = scopes_.ctes_[i];
        if (cte.owner != at || !same_name(statement_, cte.name, occurrence.name)) continue;
        occurrence.kind = SourceKind::kCte;
        occurrence.cte = i;
        ++cte.references;
        for (const std::uint32_t open : open_) cte.recursive |= open == i;
        return;
      }
    }
  }

  void find_table(Occurrence& occurrence, NodeId schema) {
    const sql::Span span = statement_.node(occurrence.path).span;
    if (schema != kNoNode &&
        (rules_.schema().empty() || !statement_.name_equals(schema, rules_.schema()))) {
      if (!(sqlite_ && statement_.name_equals(schema, "main"))) {
        return refuse(ErrorCode::kUnsupportedStatement, span,
                      "table " + statement_.name(occurrence.name) + " is in schema " +
                          statement_.name(schema) + ", which is not the configured one");
      }
    }
    const std::string_view raw = statement_.text(occurrence.name);
    const bool quoted =
        !raw.empty() && (raw[0] == '`' || raw[0] == '"' || raw[0] == '[' || raw[0] == '\'');
    occurrence.table =
        quoted ? rules_.find_table(statement_.name(occurrence.name)) : rules_.find_table(raw);
    if (occurrence.table != nullptr) return;
    if (!rules_.default_single()) {
      unknown_table(occurrence, span);
    } else if (sqlite_ && rules_.data_sources().size() > 1 &&
               tells_of_one_file(statement_.name(occurrence.name))) {
      refuse_one_file(occurrence.name, span);
    }
  }

  void unknown_table(const Occurrence& occurrence, sql::Span span);

  // SQLite numbers the rows of a table in each file for itself, unless a column does it.
  void check_row_numbers() {
    const auto& occurrences = scopes_.occurrences_;
    if (row_number_names_.empty() || (occurrences.size() == 1 && occurrences[0].single())) return;
    for (const Occurrence& occurrence : occurrences) {
      if (occurrence.kind != SourceKind::kTable) continue;
      const std::string table = table_name(occurrence);
      if (schema_ != nullptr && schema_->find(table) != nullptr) continue;
      if (!error_) error_ = Error(ErrorCode::kSchemaNeeded, table);
      return;
    }
    for (const auto& [column, block] : row_number_names_) {
      const Resolution resolved = scopes_.resolve(column, block, schema_);
      if (resolved.found() && !resolved.outer) {
        check_row_number(column, occurrences[resolved.occurrence]);
        continue;
      }
      for (const Occurrence& occurrence : occurrences) check_row_number(column, occurrence);
    }
  }

  void check_row_number(NodeId column, const Occurrence& occurrence) {
    if (occurrence.kind != SourceKind::kTable) return;
    const std::string table = table_name(occurrence);
    const drivers::TableSchema* known = schema_->find(table);
    if (known->find(statement_.name(scopes_.column_name(column))) != nullptr) return;
    scopes_.row_numbers_.push_back(column);
    if (occurrence.single() ||
        std::any_of(known->columns.begin(), known->columns.end(),
                    [](const drivers::ColumnSchema& each) { return each.auto_increment; })) {
      return;
    }
    refuse(
        ErrorCode::kUnsupportedStatement, statement_.node(column).span,
        "the rows of " + table + " are numbered by each shard for itself; use columns of its own");
  }

  std::string table_name(const Occurrence& occurrence) const {
    return occurrence.table != nullptr ? occurrence.table->name : statement_.name(occurrence.name);
  }

  void walk_children(NodeId id, Where where) {
    for (const NodeId child : statement_.children(id)) walk(child, where);
  }

  void walk(NodeId id, Where where) {
    const Node& node = statement_.node(id);
    switch (node.kind) {
      case NodeKind::kColumn:
        if (sqlite_ && names_row_number(statement_, scopes_.column_name(id))) {
          row_number_names_.push_back({id, where.block});
        }
        return;
      case NodeKind::kSystemVariable:
        if (class_of_variable(statement_, id) == VariableClass::kConnection) {
          refuse(ErrorCode::kSessionStatement, node.span,
                 std::string(statement_.text(id)) +
                     " answers for one connection, and Pando's sessions have several");
        }
        return;
      case NodeKind::kName:
      case NodeKind::kLiteral:
      case NodeKind::kParameter:
      case NodeKind::kRaw:
      case NodeKind::kStar:
      case NodeKind::kAlias:
      case NodeKind::kColumnList:
        return;
      case NodeKind::kSubquery:
        return add_subquery(id, where);
      case NodeKind::kFunction:
        return walk_function(id, where);
      case NodeKind::kAssignUser:
        return refuse_assignment(node.span);
      case NodeKind::kTableRef:
        return refuse(ErrorCode::kUnsupportedStatement, node.span,
                      "a table's name stands as the list of IN; write IN (SELECT ...)");
      case NodeKind::kBinary: {
        const sql::Operator op = node.op_as_operator();
        if (op == sql::Operator::kAssign) return refuse_assignment(node.span);
        const bool logical = op == sql::Operator::kAnd || op == sql::Operator::kOr;
        where.filters = where.filters && logical;
        where.operand_of = logical ? kNoNode : id;
        return walk_children(id, where);
      }
      case NodeKind::kIn:
        where.filters = where.filters && !node.has(sql::kNot);
        [[fallthrough]];
      case NodeKind::kExists:
      case NodeKind::kQuantified:
        where.operand_of = id;
        return walk_children(id, where);
      default:
        where.filters = false;
        where.operand_of = kNoNode;
        return walk_children(id, where);
    }
  }

  void refuse_assignment(sql::Span span) {
    refuse(ErrorCode::kSessionStatement, span,
           "assigning a user variable depends on the order in which one connection reads rows");
  }

  void add_subquery(NodeId id, Where where) {
    for (const NodeId child : statement_.children(id)) {
      if (!sql::is_query(statement_.kind(child))) continue;
      const BlockId body = add_query(child, where.block, Role::kSubquery, id);
      Block& block = scopes_.blocks_[body];
      block.place = where.place;
      block.filters = where.filters;
      block.operand_of = where.operand_of;
    }
  }

  void walk_function(NodeId id, Where where) {
    const NodeId name = statement_.find(id, NodeKind::kName);
    const bool window = statement_.find(id, NodeKind::kWindow) != kNoNode ||
                        statement_.find(id, NodeKind::kWindowRef) != kNoNode;
    std::uint16_t flags = window ? kHasWindow : 0;
    if (may_be_stored(statement_, id)) flags |= kHasUnknownFunction;
    switch (class_of(statement_, id)) {
      case FunctionClass::kScalar:
        break;
      case FunctionClass::kUnknown:
        flags |= kHasUnknownFunction;
        break;
      case FunctionClass::kCount:
      case FunctionClass::kSum:
      case FunctionClass::kMin:
      case FunctionClass::kMax:
      case FunctionClass::kAvg:
      case FunctionClass::kAggregate:
        flags |= window ? 0 : kHasAggregate;
        break;
      case FunctionClass::kWindowOnly:
        flags |= kHasWindow;
        break;
      case FunctionClass::kRandom:
        flags |= kHasRandom;
        if (statement_.name_equals(name, "rand") && argument_count(statement_, id) > 0) {
          flags |= kHasSeededRandom;
        }
        break;
      case FunctionClass::kTime:
        flags |= kHasTime;
        break;
      case FunctionClass::kSideEffect:
        flags |= kHasSideEffect;
        break;
      case FunctionClass::kConnection:
        refuse(ErrorCode::kSessionStatement, statement_.node(id).span,
               why_of_connection(statement_.text(name)),
               remedy_of_connection(statement_.text(name)));
        break;
    }
    scopes_.blocks_[where.block].flags |= flags;
    if (names_database(statement_, id) &&
        (rules_.schema().empty() || !sql::is_query(statement_.kind(statement_.root())))) {
      refuse(ErrorCode::kSessionStatement, statement_.node(id).span,
             "this answers with the name of one data source's database");
    }
    where.filters = false;
    where.operand_of = kNoNode;
    walk_children(id, where);
  }

  const sql::Statement& statement_;
  const rules::RuleSet& rules_;
  const plan::SchemaView* schema_;
  bool sqlite_ = false;
  // Columns called rowid, _rowid_ or oid, and the blocks they are in.
  std::vector<std::pair<NodeId, BlockId>> row_number_names_;
  Scopes& scopes_;
  plan::SmallVector<std::uint32_t, 2> open_;  // CTEs whose bodies are being walked.
  std::optional<Error> error_;
};

void ScopeBuilder::unknown_table(const Occurrence& occurrence, sql::Span span) {
  const std::string name = statement_.name(occurrence.name);
  refuse(ErrorCode::kUnknownTable, span,
         "table " + name + " is not in the rules" + rules::suggest_table(name, rules_));
}

Result<void> Scopes::build(const sql::Statement& statement, const plan::PlanContext& context) {
  return ScopeBuilder(statement, *context.rules, context.schema, *this).build();
}

}  // namespace pando::analyze
