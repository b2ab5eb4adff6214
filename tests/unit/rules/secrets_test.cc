// No password is ever shown: not in a message, not under a caret.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "rules/suggest.h"
#include "tests/unit/rules/config_fixture.h"

namespace pando::rules {
namespace {

TEST(MaskSecretsTest, StarsAreAsLongAsTheSecret) {
  EXPECT_EQ(mask_secrets("password = \"abc\" # x"), "password = \"***\" # x");
  EXPECT_EQ(mask_secrets("write = \"mysql://app:pw@h:1/d\""), "write = \"mysql://app:**@h:1/d\"");
}

TEST(MaskSecretsTest, LeavesWhatIsNoSecret) {
  for (const std::string text :
       {"write = \"mysql://app@h:3306/d\"", "write = 'mysql://h:3306/d?x=1'",
        "write = \"mysql://[::1]:3306/d\"", "write = \"mysql://h{n}:3306/d\"",
        "password = \"${SHOP_PASSWORD}\"", "password_file = \"/run/secret\"",
        "orders = {by = \"hash(user_id)\", onto = \"shop[0..3].orders\"}", "read = []"}) {
    EXPECT_EQ(mask_secrets(text), text);
  }
}

// Texts in which the word hunter2 is a password, most of them broken in some way.
const std::vector<std::string> kLeaks = {
    "password = \"hunter2\"",
    "password = 'hunter2'",
    "password = hunter2",
    "password = \"hunter2",
    "password = \"\"\"hunter2\"\"\"",
    "password = \"\"\"\nhunter2\"\"\"",
    "password = '''\n\nhunter2",
    "password=\"a\\\"hunter2\"",
    "\"password\" = \"hunter2\"",
    "'password'=\"hunter2\"",
    "defaults.password = \"hunter2\"",
    "PASSWORD = \"hunter2\"",
    "pasword = \"hunter2\"",
    "passwrod = \"hunter2\"",
    "passwort = \"hunter2\"",
    "pwd = \"hunter2\"",
    "db_secret = \"hunter2\"",
    "password = [\"hunter2\"]",
    "password = [\n\"hunter2\"\n]",
    "password = {a = \"hunter2\"}",
    "password = \"${X:-hunter2}\"",
    "password = \"${hunter2\"",
    "x = {password = \"hunter2\", user = 5}",
    "# password = \"hunter2\"",
    "write = \"mysql://app:hunter2@h/d\"",
    "write = 'mysql://app:hunter2@h/d'",
    "write = \"mysql://app:a/hunter2@h/d\"",
    "write = \"mysql://app:a#hunter2@h/d\"",
    "write = \"mysql://app:a@hunter2@h/d\"",
    "write = \"mysql://app:hunter2\"",
    "write = \"mysql://app:hunter2/d\"",
    "write = \"mysql:/app:hunter2@h/d\"",
    "write = \"app:hunter2@h/d\"",
    "write = \"mysql://app:hunter2@h/d",
    "write = \"mysql://app:a\\\"hunter2@h/d\"",
    "write = \"\"\"mysql://app:\nhunter2@h/d\"\"\"",
    "write = \"postgres://app:hunter2@h/d\"",
    "write = \"mysql://app:hunter2@h:x/d\"",
    "write = \"mysql://app:hunter2@/d\"",
    "write = \"mysql://app:hunter2%@h/d\"",
    "read = [\"mysql://app:x@h/d\", \"mysql://app:hunter2@h/d\"]",
    "read = ['mysql://app:x@h/d', 'mysql://app:hunter2@h/d']",
    "wirte = \"mysql://app:hunter2@h/d\"",
};

TEST(MaskSecretsTest, HidesEveryPassword) {
  for (const std::string& text : kLeaks) {
    const std::string masked = mask_secrets(text);
    EXPECT_EQ(masked.size(), text.size());
    EXPECT_EQ(masked.find("hunter2"), std::string::npos) << text << "\n" << masked;
    const std::string file = "format = 1\n[databases.main]\n" + text + "\nwrite = 'mysql://h/d'\n";
    EXPECT_EQ(mask_secrets(file).find("hunter2"), std::string::npos) << text;
  }
}

TEST(MaskSecretsTest, NoErrorNamesAPassword) {
  for (const std::string& text : kLeaks) {
    for (const std::string section : {"[defaults]\n", "[databases.main]\n", "[tables.t]\n", ""}) {
      for (const std::string tail :
           {"", "\n[databases.m2]\nwrite = 'mysql://h/d'\nx = 1\n", "\n]"}) {
        const auto result = parse_config("format = 1\n" + section + text + tail, test_options());
        if (result) continue;
        const Error& e = result.error();
        EXPECT_EQ((e.message() + e.remedy()).find("hunter2"), std::string::npos)
            << section << text << "\n"
            << e.message();
      }
    }
  }
}

TEST(MaskSecretsTest, ANumberThatIsNoPasswordOfTheParser) {
  const auto result =
      parse_config("format = 1\n[defaults]\npassword = 99999999999999999999\n", test_options());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message().find("99999"), std::string::npos) << result.error().message();
}

// What the environment holds may be a secret wherever it is used. (Legal names of tables and
// columns are not: they go into every statement.)
TEST(MaskSecretsTest, NoErrorQuotesTheEnvironment) {
  const std::string head =
      "format = 1\n[databases.main]\nwrite = 'mysql://h/d'\n[databases.m2]\nwrite = "
      "'mysql://h/d2'\n";
  const std::vector<std::string> texts = {
      "server = \"${S}\"\n" + head,
      "schema = \"${S} \"\n" + head,
      head + "[defaults]\nsingle = \"${S}\"\n",
      head + "[defaults]\ntls = \"${S}\"\n",
      head + "[defaults]\ntime_zone = \"${S}!\"\n",
      head + "[pool]\nsize = \"${S}\"\n",
      head + "[ids.a]\nsegment = {database = \"${S}\"}\n",
      head + "[ids.a]\nsegment = {database = \"main\", table = \"${S} \"}\n",
      head + "[tables]\nt = {by = \"${S}\", onto = \"main\"}\n",
      head + "[tables]\nt = {by = \"${S}(a)\", onto = \"main\"}\n",
      head + "[tables]\nt = {by = \"hash(${S} x)\", onto = \"main\"}\n",
      head + "[tables]\nt = {by = \"hash(a, ${S}, ${S})\", onto = \"main\"}\n",
      head + "[tables]\nt = {by = \"hash(a)\", onto = \"${S}\"}\n",
      head + "[tables]\nt = {by = \"hash(a)\", onto = \"main.${S}-\"}\n",
      head + "[tables]\nt = {by = \"hash(a)\", onto = \"main.[${S}..x]\"}\n",
      head + "[tables]\nt = {by = \"hash(a)\", onto = \"main.t_{${S}}\"}\n",
      head + "[tables]\nt = {by = \"hash(a)\", onto = \"main\", type = \"${S}\"}\n",
      head +
          "[tables]\nt = {by = \"hash(a)\", onto = \"main\", type = \"text\", collation = "
          "\"${S}\"}\n",
      head + "[tables]\nt = {by = \"range(a)\", onto = \"main\", ranges = [\"${S}\"]}\n",
      head +
          "[tables]\nt = {by = \"hash(a)\", onto = \"main\", slots = 4, slot_ranges = "
          "[\"${S}\"]}\n",
      head + "[tables]\nt = {by = \"list(a)\", onto = \"main\", lists = [[\"${S}\"]]}\n",
      head +
          "[tables]\nt = {by = \"month(a)\", onto = \"main.t_{yyyy}\", from = \"${S}\", until = "
          "\"2024\"}\n",
      head + "[tables]\nt = {with = \"${S}\"}\n",
      head + "[tables]\nt = {at = \"main\", fill = {id = \"${S}\"}}\n",
      head +
          "[tables]\np = {by = \"hash(a)\", onto = \"main\"}\nt = {with = \"p\", key = \"${S} "
          "\"}\n",
      head + "[tables]\nt = {by = \"month(a)\", onto = \"main.${S}_{yyyy}\"}\n",
      head +
          "[tables]\nt = {by = \"mod(${S})\", onto = \"main\", type = \"text\", collation = "
          "\"binary\"}\n",
  };
  for (const std::string& text : texts) {
    const auto result = parse_config(text, test_options({{"S", "hunter2"}}));
    ASSERT_FALSE(result) << text;
    const Error& e = result.error();
    EXPECT_EQ((e.message() + e.remedy()).find("hunter2"), std::string::npos) << text << "\n"
                                                                             << e.message() << "\n"
                                                                             << e.remedy();
  }
}

TEST(LoadConfigTest, TheErrorShowsTheLineWithoutItsSecrets) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "pando_leak.toml";
  for (const std::string& text : kLeaks) {
    std::ofstream(file) << "format = 1\n[databases.main]\n" << text << "\n";
    const auto result = load_config(file.string(), test_options());
    if (result) continue;
    const Error& e = result.error();
    EXPECT_EQ((e.message() + e.remedy()).find("hunter2"), std::string::npos) << text << "\n"
                                                                             << e.message();
  }
  std::filesystem::remove(file);
}

TEST(LoadConfigTest, TheErrorIsRendered) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "pando_caret.toml";
  std::ofstream(file) << "format = 1\n[databases.main]\nwrite = \"mysql://app:hunter2@h:x/d\"\n";
  const auto result = load_config(file.string(), test_options());
  std::filesystem::remove(file);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(),
            file.string() +
                ":3:9: `databases.main`: The port of the URL must be a number from 1 to "
                "65535.\n  write = \"mysql://app:*******@h:x/d\"\n"
                "          ^^^^^^^^^^^^^^^^^^^^^^^^^^^");
  EXPECT_EQ(result.error().span().end, 0U);
}

TEST(LoadConfigTest, AFileThatIsNotThereIsNamed) {
  const auto result = load_config("/nowhere/pando.toml", test_options());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kConfigFile);
  EXPECT_NE(result.error().message().find("/nowhere/pando.toml"), std::string::npos);
  EXPECT_FALSE(load_config("/", test_options()));
}

TEST(SuggestTest, NearWordsAreFound) {
  const std::string_view words[] = {"write", "read", "password", "password_file"};
  EXPECT_EQ(nearest_word("wirte", words), "write");
  EXPECT_EQ(nearest_word("raed", words), "read");
  EXPECT_EQ(nearest_word("Passwrd", words), "password");
  EXPECT_EQ(nearest_word("xyz", words), "");
  EXPECT_EQ(nearest_word("", words), "");
  EXPECT_EQ(edit_distance("abc", "acb", 5), 1U);
  EXPECT_EQ(edit_distance("abc", "xyz", 2), 3U);
  EXPECT_EQ(edit_distance(std::string(1000, 'a'), "a", 3), 4U);
}

}  // namespace
}  // namespace pando::rules
