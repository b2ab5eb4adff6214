#include <functional>
#include <utility>

#include "drivers/fake/fake_state.h"
#include "pando/names.h"

namespace pando::drivers::fake {

namespace {

using Advance = std::function<Result<bool>(Row*)>;

class FakeStream : public RowStream {
 public:
  FakeStream(std::vector<Column> columns, Advance advance, int& open)
      : advance_(std::move(advance)), open_(open) {
    columns_ = std::move(columns);
    ++open_;
  }
  ~FakeStream() override { --open_; }
  Result<bool> next() override {
    if (error_) return fail(*error_);
    auto more = advance_(&row_);
    if (!more) error_ = more.error();
    if (!more || !*more) row_ = {};
    return more;
  }

 private:
  Advance advance_;
  int& open_;
  std::optional<Error> error_;
};

class FakeConnection : public Connection {
 public:
  FakeConnection(FakeDriver::State& state, std::string name, std::size_t number,
                 ConnectionPtr wrapped)
      : state_(state), name_(std::move(name)), number_(number), wrapped_(std::move(wrapped)) {
    std::lock_guard lock(state_.mutex);
    ++state_.open;
  }
  ~FakeConnection() override {
    std::lock_guard lock(state_.mutex);
    --state_.open;
  }

  Result<void> send(const Query& query) override {
    {
      std::lock_guard lock(state_.mutex);
      cancelled_ = false;
      cursor_ = state_.cursors && query.cursor_bytes > 0;
    }
    PANDO_TRY(enter(Call::kSend, query.sql, query.parameters.size(), query.cursor_bytes > 0));
    answer_ = answer_to(query.sql);
    sent_ = query.sql;
    if (!answer_ && wrapped_) PANDO_TRY(wrapped_->send(query));
    pending_ = true;
    return {};
  }

  Result<Reply> receive() override {
    pending_ = false;
    const auto answer = std::exchange(answer_, nullptr);
    auto entered = enter(Call::kReceive);
    if (answer || !wrapped_) {
      if (!entered) return fail(std::move(entered).error());
      if (answer) return canned(answer);
      return fail(Error(ErrorCode::kDatabase, name_ + ": the fake has no answer to: " + sent_)
                      .with_data_source(name_));
    }
    auto reply = wrapped_->receive();
    if (!entered) return fail(std::move(entered).error());
    if (!reply || !reply->rows) return reply;
    return wrap(std::move(*reply));
  }

  bool can_interleave() const override { return wrapped_ && wrapped_->can_interleave(); }
  int socket() const override { return wrapped_ ? wrapped_->socket() : -1; }

  Result<TableSchema> describe(std::string_view table) override {
    PANDO_TRY(enter(Call::kDescribe, table));
    {
      std::lock_guard lock(state_.mutex);
      auto found = state_.schemas.find(table);
      if (found != state_.schemas.end()) return found->second;
    }
    if (wrapped_) return wrapped_->describe(table);
    return fail(
        Error(ErrorCode::kUnknownTable, name_ + ": there is no table `" + std::string(table) + "`")
            .with_native(DatabaseFault::kStatement, 0, {}, {})
            .with_data_source(name_));
  }

  Result<std::vector<std::string>> tables() override {
    PANDO_TRY(enter(Call::kTables));
    if (wrapped_) return wrapped_->tables();
    std::lock_guard lock(state_.mutex);
    std::vector<std::string> names;
    for (const auto& entry : state_.schemas) names.push_back(entry.first);
    return names;
  }

  Result<void> ping() override {
    PANDO_TRY(enter(Call::kPing));
    return wrapped_ ? wrapped_->ping() : Result<void>{};
  }

  Result<void> reset() override {
    PANDO_TRY(enter(Call::kReset));
    in_transaction_ = false;
    return wrapped_ ? wrapped_->reset() : Result<void>{};
  }

  void cancel() override {
    if (wrapped_) wrapped_->cancel();
    {
      std::lock_guard lock(state_.mutex);
      cancelled_ = true;
      state_.changed.notify_all();
    }
    // It may be told to hang: the network is slow.
    (void)state_.enter({Call::kCancel, name_, "", 0, number_}, nullptr, nullptr);
  }

  bool usable() const override { return usable_ && (!wrapped_ || wrapped_->usable()); }
  bool busy() const override {
    return pending_ || streams_ > 0 || cursors_ > 0 || (wrapped_ && wrapped_->busy());
  }
  bool ready() const override {
    if (can_interleave()) return true;
    return !pending_ && streams_ == 0 && (!wrapped_ || wrapped_->ready());
  }
  bool in_transaction() const override {
    return wrapped_ ? wrapped_->in_transaction() : in_transaction_;
  }
  const std::string& name() const override { return name_; }
  std::string server_version() override { return wrapped_ ? wrapped_->server_version() : "fake"; }

 private:
  Result<void> enter(Call call, std::string_view sql = {}, std::size_t parameters = 0,
                     bool cursor = false) {
    return state_.enter({call, name_, std::string(sql), parameters, number_, cursor}, &cancelled_,
                        &usable_);
  }

  std::shared_ptr<const Answer> answer_to(std::string_view sql) {
    std::lock_guard lock(state_.mutex);
    const std::string word = to_upper(sql.substr(0, sql.find_first_of(" ;")));
    const bool begins = word == "BEGIN" || word == "START";
    const bool ends = word == "COMMIT" || word == "ROLLBACK";
    if (begins) in_transaction_ = true;
    if (ends) in_transaction_ = false;
    if (auto found = state_.answers.find(sql); found != state_.answers.end()) return found->second;
    if (wrapped_) return nullptr;
    if (begins || ends) return std::make_shared<const Answer>();
    return state_.fallback;
  }

  Result<Reply> canned(const std::shared_ptr<const Answer>& answer) {
    Reply reply;
    reply.write = answer->write;
    if (answer->columns.empty()) return reply;
    Advance advance = [this, answer, at = std::size_t{0}](Row* row) mutable -> Result<bool> {
      PANDO_TRY(enter(Call::kNext));
      if (at == answer->rows.size()) return false;
      *row = answer->rows[at++];
      return true;
    };
    reply.rows = std::make_unique<FakeStream>(answer->columns, std::move(advance),
                                              cursor_ ? cursors_ : streams_);
    return reply;
  }

  Result<Reply> wrap(Reply reply) {
    const std::shared_ptr<RowStream> inner = std::move(reply.rows);
    Advance advance = [this, inner](Row* row) -> Result<bool> {
      PANDO_TRY(enter(Call::kNext));
      PANDO_ASSIGN(const bool more, inner->next());
      if (more) *row = inner->row();
      return more;
    };
    reply.rows = std::make_unique<FakeStream>(inner->columns(), std::move(advance), streams_);
    return reply;
  }

  FakeDriver::State& state_;
  std::string name_;
  std::size_t number_;
  ConnectionPtr wrapped_;
  std::shared_ptr<const Answer> answer_;
  std::string sent_;
  bool cancelled_ = false;  // Guarded by state_.mutex.
  bool usable_ = true;
  bool pending_ = false;
  bool in_transaction_ = false;
  bool cursor_ = false;  // The statement that was sent last has one.
  int streams_ = 0;      // That read straight from the connection.
  int cursors_ = 0;
};

}  // namespace

ConnectionPtr make_connection(FakeDriver::State& state, std::string name, std::size_t number,
                              ConnectionPtr wrapped) {
  return std::make_unique<FakeConnection>(state, std::move(name), number, std::move(wrapped));
}

}  // namespace pando::drivers::fake
