#include "cli/result_writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace pando::cli {
namespace {

// What a writer of this format writes for a few answers.
template <typename Write>
std::string written(std::string_view format, Write write) {
  std::FILE* file = std::tmpfile();
  {
    Output out(::fileno(file));
    const auto writer = make_result_writer(format, out);
    write(*writer);
    writer->finish();
  }
  std::rewind(file);
  std::string text(1 << 16, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

const std::vector<Column> kColumns = {{.name = "id", .type = SqlType::kInt64},
                                      {.name = "na,me", .type = SqlType::kText}};

void two_rows(ResultWriter& writer, const Error* error = nullptr) {
  writer.begin_rows(1, kColumns);
  const std::array<Value, 2> first = {Value::of_int(7), Value::of_text("Ada")};
  const std::array<Value, 2> second = {Value::of_int(12), Value::null()};
  writer.row(first);
  writer.row(second);
  writer.end_rows({}, error);
}

TEST(ResultWriterTest, JsonlIsOneObjectPerStatement) {
  EXPECT_EQ(written("jsonl",
                    [](ResultWriter& writer) {
                      two_rows(writer);
                      writer.written(2, {.affected_rows = 3, .generated_key = 9});
                      writer.written(3, {.affected_rows = 1, .warnings = 2});
                      writer.failed(4, Error(ErrorCode::kDuplicateKey, "shop0: \"x\""));
                    }),
            R"({"statement": 1, "columns": ["id", "na,me"], "rows": [[7, "Ada"], [12, null]]}
{"statement": 2, "affected": 3, "generated_key": 9}
{"statement": 3, "affected": 1, "generated_key": null, "warnings": 2}
{"statement": 4, "error": {"code": "P5002", "sqlstate": "23000", "message": "shop0: \"x\""}}
)");
}

TEST(ResultWriterTest, AnAnswerThatBreaksOffSaysSo) {
  const Error error(ErrorCode::kConnectionLost, "shop1 is gone");
  EXPECT_EQ(written("jsonl", [&](ResultWriter& writer) { two_rows(writer, &error); }),
            R"({"statement": 1, "columns": ["id", "na,me"], "rows": [[7, "Ada"], [12, null]], )"
            R"("error": {"code": "P4003", "sqlstate": "08S01", "message": "shop1 is gone"}})"
            "\n");
}

TEST(ResultWriterTest, ReturningHasRowsAndAffected) {
  const WriteResult write = {.affected_rows = 2, .generated_key = 7};
  EXPECT_EQ(written("jsonl",
                    [&](ResultWriter& writer) {
                      writer.begin_rows(1, {{.name = "id"}});
                      const std::array<Value, 1> row = {Value::of_int(7)};
                      writer.row(row);
                      writer.end_rows(write, nullptr);
                    }),
            R"({"statement": 1, "columns": ["id"], "rows": [[7]], "affected": 2, )"
            R"("generated_key": 7})"
            "\n");
}

TEST(ResultWriterTest, JsonIsOneArrayEvenIfEmpty) {
  // What follows an error on a terminal has a line of its own.
  EXPECT_TRUE(written("json", [](ResultWriter& writer) {
                writer.failed(1, Error(ErrorCode::kSyntax, "no"));
              }).ends_with("}}\n]\n"));
  EXPECT_EQ(written("json", [](ResultWriter&) {}), "[\n]\n");
  EXPECT_EQ(written("json", [](ResultWriter& writer) { two_rows(writer); }),
            "[\n{\"statement\": 1, \"columns\": [\"id\", \"na,me\"], \"rows\": [\n  [7, \"Ada\"],"
            "\n  [12, null]]}\n]\n");
}

TEST(ResultWriterTest, CsvHasAHeaderAndAnEmptyLineBetweenAnswers) {
  EXPECT_EQ(written("csv",
                    [](ResultWriter& writer) {
                      two_rows(writer);
                      two_rows(writer);
                    }),
            "id,\"na,me\"\n7,Ada\n12,\n\nid,\"na,me\"\n7,Ada\n12,\n");
}

TEST(ResultWriterTest, TableAlignsNumbersRightAndTextLeft) {
  EXPECT_EQ(written("table", [](ResultWriter& writer) { two_rows(writer); }),
            " id | na,me\n----+-------\n  7 | Ada\n 12 | NULL\n");
}

TEST(ResultWriterTest, TableGoesOnInItsWidthsAfterTheFirstRows) {
  const std::string text = written("table", [](ResultWriter& writer) {
    writer.begin_rows(1, {{.name = "n", .type = SqlType::kInt64}});
    for (int i = 1; i <= 1001; ++i) {
      const std::array<Value, 1> row = {Value::of_int(i == 1001 ? 1234567 : i)};
      writer.row(row);
    }
    writer.end_rows({}, nullptr);
  });
  EXPECT_NE(text.find("\n 1000\n 1234567\n"), std::string::npos);
}

TEST(OutputTest, AFailedWriteIsRemembered) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[1]);
  Output out(ends[0]);  // The reading end cannot be written.
  out.write("x");
  EXPECT_FALSE(out.flush());
  EXPECT_FALSE(out.ok());
  EXPECT_NE(out.error(), 0);
  ::close(ends[0]);
}

}  // namespace
}  // namespace pando::cli
