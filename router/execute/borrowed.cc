#include "router/execute/borrowed.h"

#include <utility>

namespace pando::execute {

Borrowed::Borrowed(Loan loan, Connections& owner, const CancelWatch& watch,
                   std::shared_ptr<const void> kept)
    : kept_(std::move(kept)),
      loan_(std::move(loan)),
      owner_(owner),
      watch_(watch),
      scope_(watch.token(), loan_.connection),
      warnings_before_(connection().read_warnings()) {}

Borrowed::~Borrowed() {
  scope_.leave();
  const std::uint64_t warnings = connection().read_warnings();
  if (warnings != warnings_before_) owner_.count_read_warnings(warnings - warnings_before_);
  if (!restore_.empty()) restore();
}

Result<void> Borrowed::send(const drivers::Query& query) {
  if (watch_.cancelled()) {
    return fail(Error(ErrorCode::kCancelled, connection().name() + ": the statement was cancelled")
                    .with_data_source(connection().name()));
  }
  PANDO_TRY(connection().send(query));
  // A cancellation that came in between has found nothing to stop.
  if (watch_.cancelled()) connection().cancel();
  return {};
}

Result<Reply> Borrowed::run(const drivers::Query& query) {
  PANDO_TRY(send(query));
  return connection().receive();
}

void Borrowed::restore() {
  if (connection().usable() &&
      connection().run(drivers::Query{.sql = restore_, .prepare = false})) {
    return;
  }
  if (loan_.lease) {
    loan_.lease.discard();
  } else {
    owner_.spoiled(loan_.data_source);
  }
}

}  // namespace pando::execute
