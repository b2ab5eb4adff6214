// Queries that are answered in pieces, when something fails, is too big, or changes meanwhile.

#include <algorithm>
#include <thread>

#include "router/session.h"
#include "tests/sql/shops.h"

namespace pando::test {
namespace {

using drivers::fake::Call;
using drivers::fake::Damage;
using drivers::fake::FakeDriver;

// Neighbours by n, which is no key: both sides are pieces.
constexpr const char* kPairs =
    "SELECT a.id, b.n FROM accounts a JOIN accounts b ON b.n = a.n + 1 WHERE a.n < 13 ORDER BY "
    "a.id";
constexpr const char* kAnswer = "0:11 1:12 2:13";

class ComputeTest : public ShopsTest {
 protected:
  // The shops again, with these limits; every data source can be made to fail.
  std::shared_ptr<router::Core> computing(FakeDriver& fake, const std::string& limits = "") {
    std::ifstream file(config());
    std::stringstream text;
    text << file.rdbuf();
    std::string toml = text.str();
    if (mysql()) toml.insert(toml.find('\n') + 1, "compute = \"shop0\"\n");
    const auto path = directory_ / "computing.toml";
    std::ofstream(path) << toml << "[limits]\n" << limits << "\n";
    rules::ConfigOptions options;
    options.directory = directory_.string();
    auto rules = rules::load_config(path.string(), std::move(options));
    if (!rules) throw std::move(rules).error();
    return std::make_shared<router::Core>(*std::move(rules),
                                          std::vector<drivers::Driver*>(kShops + 1, &fake));
  }

  // "0:11 1:12", or the error.
  static Result<std::string> pairs(Result<Reply> reply) {
    if (!reply) return fail(std::move(reply).error());
    std::string text;
    while (true) {
      PANDO_ASSIGN(const bool more, reply->rows->next());
      if (!more) return text;
      const Row row = reply->rows->row();
      text += (text.empty() ? "" : " ") + std::to_string(row[0].as_int()) + ":" +
              std::to_string(row[1].as_int());
    }
  }

  static std::size_t sent_with(const FakeDriver& fake, const std::string& words) {
    const auto records = fake.records();
    return static_cast<std::size_t>(std::count_if(
        records.begin(), records.end(), [&words](const drivers::fake::Record& record) {
          return record.call == Call::kSend && record.sql.find(words) != std::string::npos;
        }));
  }
};

TEST_P(ComputeTest, AFailureAtAnyCallIsAnErrorAndLeavesNothingBehind) {
  for (const Call call : {Call::kConnect, Call::kSend, Call::kReceive, Call::kNext}) {
    for (const Damage damage : {Damage::kNone, Damage::kBreaks}) {
      for (std::size_t nth = 1;; ++nth) {
        ASSERT_LT(nth, 500u);
        FakeDriver fake(drivers::driver_for(GetParam()));
        const auto core = computing(fake);
        if (call != Call::kConnect) {
          ASSERT_EQ(*pairs(core->run(kPairs, {})), kAnswer);
        }
        const ErrorCode code =
            damage == Damage::kBreaks ? ErrorCode::kConnectionLost : ErrorCode::kDatabase;
        fake.forget_records();
        fake.fail(call, nth, Error(code, "injected"), damage);
        const Result<std::string> answer = pairs(core->run(kPairs, {}));
        const bool struck = fake.count(call) >= nth;
        if (answer) {
          EXPECT_EQ(*answer, kAnswer) << nth;  // A fresh connection was tried.
        } else {
          EXPECT_EQ(answer.error().code(), code) << nth << ": " << answer.error().message();
          EXPECT_TRUE(struck);
        }
        if (!struck) break;
        const Result<std::string> after = pairs(core->run(kPairs, {}));
        ASSERT_TRUE(after) << nth << ": " << after.error().message();
        EXPECT_EQ(*after, kAnswer) << nth;
      }
    }
  }
}

TEST_P(ComputeTest, APieceThatIsTooBigIsNamed) {
  for (const char* limit : {"compute_rows = 4", "compute_rows = 9"}) {
    FakeDriver fake(drivers::driver_for(GetParam()));
    const auto core = computing(fake, limit);
    // 5 rows each; the first piece alone, or both together.
    const auto answer =
        pairs(core->run("SELECT a.id, b.n FROM accounts a LEFT JOIN accounts b ON b.n < a.n", {}));
    ASSERT_FALSE(answer) << limit;
    EXPECT_EQ(answer.error().code(), ErrorCode::kComputeLimit);
    EXPECT_NE(answer.error().message().find("accounts "), std::string::npos)
        << answer.error().message();
    EXPECT_NE(answer.error().message().find("compute_rows"), std::string::npos);
    EXPECT_EQ(*pairs(core->run("SELECT id, n FROM accounts WHERE id = 3", {})), "3:13");
  }
}

TEST_P(ComputeTest, FewKeysNarrowTheOtherPieceAndManyDoNot) {
  for (const bool few : {true, false}) {
    FakeDriver fake(drivers::driver_for(GetParam()));
    const auto core = computing(fake, few ? "compute_keys = 5" : "compute_keys = 2");
    EXPECT_EQ(*pairs(core->run("SELECT a.id, b.n FROM accounts a JOIN accounts b ON b.n = a.n "
                               "WHERE a.id IN (0, 1, 2) ORDER BY a.id",
                               {})),
              "0:10 1:11 2:12");
    EXPECT_EQ(sent_with(fake, " IN (?, ?, ?)") > 0, few);
  }
}

TEST_P(ComputeTest, NoKeysAtAllAskNothingOfTheOtherPiece) {
  FakeDriver fake(drivers::driver_for(GetParam()));
  const auto core = computing(fake);
  EXPECT_EQ(*pairs(core->run("SELECT a.id, b.n FROM accounts a JOIN accounts b ON b.n = a.n WHERE "
                             "a.id = 77",
                             {})),
            "");
  EXPECT_EQ(sent_with(fake, "AS b"), 0u);
}

TEST_P(ComputeTest, IsCancelledWhereverItWaits) {
  for (const Call call : {Call::kReceive, Call::kNext}) {
    for (const std::size_t nth : {1, 3, 5}) {
      FakeDriver fake(drivers::driver_for(GetParam()));
      const auto core = computing(fake);
      auto session = std::make_shared<router::SessionState>(core);
      ASSERT_EQ(*pairs(session->run(kPairs, {})), kAnswer);
      fake.hang(call, nth);
      std::thread other([&] {
        fake.wait_until_hanging();
        session->cancel();
        fake.release();
      });
      const auto answer = pairs(session->run(kPairs, {}));
      other.join();
      ASSERT_FALSE(answer) << nth;
      EXPECT_EQ(answer.error().code(), ErrorCode::kCancelled) << answer.error().message();
      EXPECT_EQ(*pairs(session->run(kPairs, {})), kAnswer);
    }
  }
}

TEST_P(ComputeTest, SeesWhatItsOwnTransactionWrote) {
  FakeDriver fake(drivers::driver_for(GetParam()));
  const auto core = computing(fake);
  auto session = std::make_shared<router::SessionState>(core);
  ASSERT_TRUE(session->run("BEGIN", {}));
  ASSERT_TRUE(session->run("UPDATE accounts SET n = 100 WHERE id = 1", {}));
  EXPECT_EQ(*pairs(session->run(kPairs, {})), "2:13");
  EXPECT_EQ(*pairs(core->run(kPairs, {})), kAnswer);
  ASSERT_TRUE(session->run("ROLLBACK", {}));
}

TEST_P(ComputeTest, AColumnThatGoesOrComesIsNoticed) {
  FakeDriver fake(drivers::driver_for(GetParam()));
  const auto core = computing(fake);
  const char* const all = "SELECT * FROM accounts a JOIN accounts b ON b.n = a.n + 1 ORDER BY a.id";
  ASSERT_TRUE(pairs(core->run(all, {})));
  // By another program: this one keeps the columns that it knew.
  db().execute("ALTER TABLE accounts RENAME COLUMN n TO m");
  auto answer = pairs(core->run(kPairs, {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::kUnknownColumn) << answer.error().message();
  answer = pairs(core->run(
      "SELECT a.id, b.m FROM accounts a JOIN accounts b ON b.m = a.m + 1 WHERE a.m < 13 ORDER BY "
      "a.id",
      {}));
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(*answer, kAnswer);
}

INSTANTIATE_TEST_SUITE_P(Dialects, ComputeTest, testing::Values(Dialect::kSqlite, Dialect::kMySql),
                         [](const auto& named) {
                           return named.param == Dialect::kSqlite ? "Sqlite" : "MariaDb";
                         });

}  // namespace
}  // namespace pando::test
