#include "router/plan/write_planner.h"

#include "router/plan/write_common.h"
#include "router/sql/node_sets.h"

namespace pando::plan {

Result<WriteShapePtr> analyze_write(std::shared_ptr<const sql::Statement> statement,
                                    const PlanContext& context) {
  const sql::NodeKind root = statement->kind(statement->root());
  if (sql::is_schema_change(root)) return analyze_ddl(std::move(statement), context);
  switch (root) {
    case sql::NodeKind::kInsert:
      return analyze_insert(std::move(statement), context);
    case sql::NodeKind::kUpdate:
    case sql::NodeKind::kDelete:
      return analyze_update(std::move(statement), context);
    case sql::NodeKind::kShow:
    case sql::NodeKind::kDescribe:
    case sql::NodeKind::kExplain:
    case sql::NodeKind::kPragma:
      return analyze_show(std::move(statement), context);
    default:
      return analyze_session(std::move(statement), context);
  }
}

}  // namespace pando::plan
