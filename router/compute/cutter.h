// Cutter: one run of cut(). Behind cut.h.
//
// Threads: belongs to one cut.

#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/table_schema.h"
#include "router/analyze/functions.h"
#include "router/compute/cut.h"
#include "router/plan/shape.h"

namespace pando::compute {

class Cutter {
 public:
  Cutter(const analyze::Scopes& scopes, const route::KeyProgram& keys,
         const plan::PlanContext& context)
      : scopes_(scopes),
        statement_(scopes.statement()),
        keys_(keys),
        context_(context),
        dialect_(statement_.dialect()) {}

  Result<Cut> run();

 private:
  using NodeId = sql::NodeId;
  using BlockId = analyze::BlockId;
  using OccurrenceId = analyze::OccurrenceId;
  using Piece = plan::Piece;
  class GroupRewriter;

  // A piece's text over the logical tables, and the same over skeletons.
  class PieceText {
   public:
    explicit PieceText(const Cutter& cutter) : cutter_(cutter) {}
    void add(std::string_view text) {
      text_ += text;
      typed_ += text;
    }
    // The user's bytes, with the `?` in them.
    void copy(sql::Span span);
    const std::string& text() const { return text_; }
    const std::vector<std::uint32_t>& parameters() const { return parameters_; }
    const std::string& typed() const { return typed_; }
    // CREATE TEMPORARY TABLE of the real columns and no rows, from which the types of expressions
    // are inferred.
    const std::vector<std::string>& skeletons() const { return skeletons_; }
    // The clock is read here and elsewhere too: the two would differ.
    bool splits_time() const;

   private:
    const Cutter& cutter_;
    std::string text_;
    std::vector<std::uint32_t> parameters_;
    std::string typed_;
    std::vector<std::string> skeletons_;
    std::vector<sql::Span> copied_;
  };

  // cut.cc
  Result<void> check();
  Result<void> check_json() const;
  bool nests_json(NodeId function) const;
  void find_used_names();
  const drivers::TableSchema* schema_of(OccurrenceId id) const;
  bool covered(sql::Span span) const;
  void edit(sql::Span span, std::string_view text);
  void add_titles();
  std::string next_name() const;
  // The block stands in a CTE that nothing names: no database looks at its rows.
  bool is_idle(BlockId id) const;

  // choices.cc: answers that are the database's choice.
  Result<void> check_choices(BlockId id) const;
  std::vector<NodeId> group_keys(BlockId id) const;
  void count_aggregates(NodeId node, std::size_t& extremes, std::size_t& aggregates) const;
  NodeId any_of_group(NodeId node, BlockId at, BlockId block, const std::vector<NodeId>& keys,
                      bool aliases) const;
  bool among(NodeId column, BlockId at, BlockId block, const std::vector<NodeId>& keys) const;
  bool determined(OccurrenceId id, BlockId block, const std::vector<NodeId>& keys) const;
  bool is_aggregate(NodeId function) const;
  NodeId aliased(NodeId column, BlockId block) const;
  bool same_expression(NodeId a, NodeId b, BlockId block) const;
  bool has_parameter(NodeId node) const;

  // tables.cc: one table's rows.
  Result<void> take_tables(BlockId block);
  Result<void> take_table(OccurrenceId id);
  bool wanted(OccurrenceId id, const drivers::ColumnSchema& column) const;
  // The conjuncts that hold for this table's rows alone.
  std::vector<NodeId> conditions_on(OccurrenceId id) const;
  bool only_of(NodeId node, OccurrenceId id) const;
  bool rejects_null(NodeId conjunct) const;
  void find_reducers();

  // blocks.cc: a query that needs nothing from around it.
  struct Output {
    std::string name;  // As the query around it calls the column; "" if nobody does.
    const drivers::ColumnSchema* column = nullptr;  // A plain column of a table.
    bool computed = false;                          // SQLite: no affinity, BINARY.
  };
  Result<bool> take_block(BlockId id);
  bool has_tables(BlockId id) const;
  bool stands_alone(NodeId node, BlockId at, BlockId block) const;
  bool names_item(NodeId column, BlockId id) const;
  bool refers_to(NodeId node, BlockId block, OccurrenceId first, OccurrenceId last) const;
  const drivers::ColumnSchema* column_of(NodeId column, BlockId block) const;
  bool travels(NodeId node, BlockId block) const;
  bool computed(NodeId node) const;
  bool operand_of(BlockId inner, BlockId outer) const;
  std::optional<std::vector<Output>> outputs_of(BlockId id) const;
  bool add_outputs(NodeId item, BlockId id, std::vector<Output>& outputs) const;
  // Completes a piece whose text is a query. False: the other levels do not answer it.
  Result<bool> finish_query(const PieceText& text, const std::vector<Output>& outputs,
                            Piece& piece);
  // The shape of a text that the other levels answer, whatever the values; else null.
  Result<plan::ShapePtr> answered(const std::string& text) const;

  // groups.cc: the grouped rows of a block.
  Result<bool> take_groups(BlockId id);

  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  const route::KeyProgram& keys_;
  const plan::PlanContext& context_;
  Dialect dialect_;
  std::set<std::string> used_;      // Names of columns, lower case.
  std::vector<bool> whole_;         // By occurrence: all of its columns are wanted.
  std::vector<sql::Span> clocks_;   // Functions that read the time.
  std::vector<sql::Span> covered_;  // Spans that a piece stands for.
  std::vector<sql::Span> edited_;
  std::vector<std::size_t> piece_of_;  // By occurrence: its table piece, or npos.
  plan::ShapePtr shape_;               // Of the piece that finish_query() completed.
  Cut cut_;
};

}  // namespace pando::compute
