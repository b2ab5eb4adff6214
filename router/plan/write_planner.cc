#include "router/plan/write_planner.h"

#include "router/plan/write_common.h"

namespace pando::plan {

bool is_query(sql::NodeKind root) {
  switch (root) {
    case sql::NodeKind::kSelect:
    case sql::NodeKind::kSetOperation:
    case sql::NodeKind::kQueryParens:
    case sql::NodeKind::kValuesQuery:
    case sql::NodeKind::kTableQuery:
      return true;
    default:
      return false;
  }
}

Result<WriteShapePtr> analyze_write(std::shared_ptr<const sql::Statement> statement,
                                    const PlanContext& context) {
  const sql::NodeKind root = statement->kind(statement->root());
  switch (root) {
    case sql::NodeKind::kInsert:
      return analyze_insert(std::move(statement), context);
    case sql::NodeKind::kUpdate:
    case sql::NodeKind::kDelete:
      return analyze_update(std::move(statement), context);
    case sql::NodeKind::kCreateTable:
    case sql::NodeKind::kAlterTable:
    case sql::NodeKind::kDropTable:
    case sql::NodeKind::kTruncate:
    case sql::NodeKind::kRenameTable:
    case sql::NodeKind::kCreateIndex:
    case sql::NodeKind::kDropIndex:
      return analyze_ddl(std::move(statement), context);
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
