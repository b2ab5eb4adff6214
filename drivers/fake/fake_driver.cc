#include "drivers/fake/fake_driver.h"

#include <algorithm>
#include <utility>

#include "drivers/fake/fake_state.h"

namespace pando::drivers::fake {

std::shared_ptr<const Answer> FakeDriver::State::keep(Answer answer) {
  for (auto& row : answer.rows) {
    for (Value& value : row) {
      if (value.kind() == ValueKind::kText) {
        value = Value::of_text(texts.emplace_back(value.as_string()));
      } else if (value.kind() == ValueKind::kBytes) {
        value = Value::of_bytes(texts.emplace_back(value.as_string()));
      }
    }
  }
  return std::make_shared<const Answer>(std::move(answer));
}

Result<void> FakeDriver::State::enter(Record record, const bool* cancelled, bool* usable) {
  std::unique_lock lock(mutex);
  const Call call = record.call;
  const std::string source = record.data_source;
  records.push_back(std::move(record));
  std::optional<Fault> due;
  for (auto fault = faults.begin(); fault != faults.end();) {
    if (fault->call == call && --fault->countdown == 0) {
      if (!due) due = std::move(*fault);
      fault = faults.erase(fault);
    } else {
      ++fault;
    }
  }
  if (!due) return {};
  if (due->error) {
    if (due->damage == Damage::kBreaks && usable != nullptr) *usable = false;
    return pando::fail(std::move(*due->error).with_data_source(source));
  }
  const std::size_t before = releases;
  ++hanging;
  changed.notify_all();
  changed.wait(lock, [&] { return releases != before || (cancelled != nullptr && *cancelled); });
  --hanging;
  if (releases != before) return {};
  return pando::fail(Error(ErrorCode::kCancelled, source + ": the statement was cancelled")
                         .with_data_source(source));
}

FakeDriver::FakeDriver() : state_(std::make_unique<State>()) {}
FakeDriver::FakeDriver(Driver& wrapped) : FakeDriver() { state_->wrapped = &wrapped; }
FakeDriver::~FakeDriver() = default;

Result<void> FakeDriver::make_database(const ConnectOptions& options) {
  if (state_->wrapped == nullptr) return {};
  return state_->wrapped->make_database(options);
}

Result<ConnectionPtr> FakeDriver::connect(const ConnectOptions& options) {
  std::size_t number = 0;
  {
    std::lock_guard lock(state_->mutex);
    number = ++state_->connected;
  }
  PANDO_TRY(state_->enter({Call::kConnect, options.name, "", 0, number}, nullptr, nullptr));
  ConnectionPtr wrapped;
  if (state_->wrapped != nullptr) {
    PANDO_ASSIGN(wrapped, state_->wrapped->connect(options));
  }
  return make_connection(*state_, options.name, number, std::move(wrapped));
}

void FakeDriver::on(std::string sql, Answer answer) {
  std::lock_guard lock(state_->mutex);
  state_->answers[std::move(sql)] = state_->keep(std::move(answer));
}

void FakeDriver::otherwise(Answer answer) {
  std::lock_guard lock(state_->mutex);
  state_->fallback = state_->keep(std::move(answer));
}

void FakeDriver::grant_cursors(bool granted) {
  std::lock_guard lock(state_->mutex);
  state_->cursors = granted;
}

void FakeDriver::describe_as(TableSchema schema) {
  std::lock_guard lock(state_->mutex);
  std::string table = schema.table;
  state_->schemas[std::move(table)] = std::move(schema);
}

void FakeDriver::fail(Call call, std::size_t nth, Error error, Damage damage) {
  std::lock_guard lock(state_->mutex);
  state_->faults.push_back({call, nth, std::move(error), damage});
}

void FakeDriver::hang(Call call, std::size_t nth) {
  std::lock_guard lock(state_->mutex);
  state_->faults.push_back({call, nth, std::nullopt, Damage::kNone});
}

void FakeDriver::release() {
  std::lock_guard lock(state_->mutex);
  ++state_->releases;
  state_->changed.notify_all();
}

void FakeDriver::wait_until_hanging(std::size_t count) {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [&] { return state_->hanging >= count; });
}

std::vector<Record> FakeDriver::records() const {
  std::lock_guard lock(state_->mutex);
  return state_->records;
}

std::size_t FakeDriver::count(Call call) const {
  std::lock_guard lock(state_->mutex);
  return static_cast<std::size_t>(
      std::count_if(state_->records.begin(), state_->records.end(),
                    [call](const Record& record) { return record.call == call; }));
}

std::size_t FakeDriver::open_connections() const {
  std::lock_guard lock(state_->mutex);
  return state_->open;
}

void FakeDriver::forget_records() {
  std::lock_guard lock(state_->mutex);
  state_->records.clear();
}

}  // namespace pando::drivers::fake
