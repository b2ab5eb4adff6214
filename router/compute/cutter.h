// Cutter: one run of cut(). Behind cut.h.
//
// Threads: belongs to one cut.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/table_schema.h"
#include "router/compute/cut.h"
#include "router/compute/piece_text.h"
#include "router/compute/reader.h"
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
        dialect_(statement_.dialect()),
        read_(scopes, context) {}

  Result<Cut> run();

 private:
  using NodeId = sql::NodeId;
  using BlockId = analyze::BlockId;
  using OccurrenceId = analyze::OccurrenceId;
  using Piece = plan::Piece;

  // cut.cc
  Result<void> check();
  Result<void> check_json() const;
  Result<void> check_locking(NodeId block) const;
  // " FOR UPDATE" or the like, as the block has it.
  std::string lock_of(BlockId block) const;
  bool covered(sql::Span span) const;
  void edit(sql::Span span, std::string_view text);
  void add_titles();
  std::string next_name() const;

  // tables.cc: one table's rows.
  Result<void> take_tables(BlockId block);
  Result<void> take_table(OccurrenceId id);
  // The conjuncts that hold for this table's rows alone.
  std::vector<NodeId> conditions_on(OccurrenceId id) const;
  bool only_of(NodeId node, OccurrenceId id) const;
  bool rejects_null(NodeId conjunct) const;
  void find_equalities();

  // blocks.cc: a query that needs nothing from around it.
  struct Output {
    std::string name;  // As the query around it calls the column; "" if nobody does.
    const drivers::ColumnSchema* column = nullptr;  // A plain column of a table.
    bool computed = false;                          // SQLite: no affinity, BINARY.
    bool alone = false;  // A column of the one table that the query is over.
    // Stays where it is: in a table it would be of another type, or compare in another way (NULL,
    // 0x41, 'a').
    sql::NodeId constant = sql::kNoNode;
  };
  Result<bool> take_block(BlockId id);
  // The same for the grouped rows of a block.
  Result<bool> take_groups(BlockId id);
  bool has_tables(BlockId id) const;
  bool operand_of(BlockId inner, BlockId outer) const;
  std::optional<std::vector<Output>> outputs_of(BlockId id) const;
  bool add_outputs(NodeId item, BlockId id, std::vector<Output>& outputs) const;
  // Completes a piece whose text is a query. False: the other levels do not answer it.
  Result<bool> finish_query(const PieceText& text, const std::vector<Output>& outputs,
                            Piece& piece);
  // The shape of a text that the other levels answer, whatever the values; else null.
  Result<plan::ShapePtr> answered(const std::string& text) const;

  const analyze::Scopes& scopes_;
  const sql::Statement& statement_;
  const route::KeyProgram& keys_;
  const plan::PlanContext& context_;
  Dialect dialect_;
  Reader read_;
  std::vector<sql::Span> clocks_;   // Functions that read the time.
  std::vector<sql::Span> covered_;  // Spans that a piece stands for.
  std::vector<sql::Span> edited_;
  std::vector<std::size_t> piece_of_;  // By occurrence: its table piece, or npos.
  plan::ShapePtr shape_;               // Of the piece that finish_query() completed.
  Cut cut_;
};

}  // namespace pando::compute
