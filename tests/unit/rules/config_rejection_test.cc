// Every way to write the configuration wrongly: its code, the place of the caret, and what is said.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/unit/rules/config_fixture.h"

namespace pando::rules {
namespace {

struct Case {
  std::string name;
  std::string text;  // ^ stands before the place of the caret, and is taken out.
  ErrorCode code;
  std::string under;     // The text that the caret lies under.
  std::string fragment;  // Of the message or the remedy.
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

// Four MySQL databases and one more; lines of a table follow.
const std::string kHead = R"(format = 1
[databases."shop[0..3]"]
write = "mysql://app@db{n}/shop{n}"
[databases.main]
write = "mysql://app@db/main"
)";
std::string table(const std::string& body) { return kHead + "[tables]\n" + body + "\n"; }

using E = ErrorCode;

std::vector<Case> cases() {
  return {
      // The file.
      {"TheFormatIsMissing", "[databases.main]\nwrite='sqlite:a'", E::kConfigMissing, "",
       "format = 1"},
      {"TheFormatIsUnknown", "format = ^2\n", E::kConfigValue, "2", "`format` must be 1."},
      {"ABracketIsOpen", "format = 1\n[databases^\n", E::kConfigSyntax, "", "table"},
      {"AKeyIsThereTwice", "format = 1\n^format = 1\n", E::kConfigSyntax, "format", "redefine"},
      {"ATableIsThereTwice", "format = 1\n[databases.a]\nwrite='sqlite:a'\n^[databases.a]\n",
       E::kConfigSyntax, "[databases.a]", "redefine"},
      {"ATableOfTablesIsThereTwice", table("a = {at = 'main'}\n^a = {at = 'main'}"),
       E::kConfigSyntax, "a", "redefine"},
      {"AQuoteIsMissingAtTheEnd", "format = 1\nschema = ^\"shop\n", E::kConfigSyntax, "\"",
       "no closing quote"},
      {"ALiteralQuoteIsMissing", "format = 1\nschema = ^'sh\"op\n", E::kConfigSyntax, "'",
       "no closing quote"},
      {"AQuoteIsMissingAtTheEndOfTheFile", "format = 1\nschema = ^\"sh\\\"op", E::kConfigSyntax,
       "\"", "no closing quote"},
      {"AQuoteIsMissingInTheMiddle", "format = 1\n[tables]\nt = {by = \"mod(u), onto = \"^s\"}\n",
       E::kConfigSyntax, "s", "a quote may be missing before it"},
      {"InvalidUtf8", "format = 1\n# ^\xFF\n", E::kConfigSyntax, "\xFF", "UTF-8"},
      {"ATopWordIsUnknown", "format = 1\n^databasse = {}\n", E::kConfigUnknownWord, "databasse",
       "Did you mean 'databases'?"},
      {"TheCatalogIsReserved", "format = 1\n^catalog = 'main'\n", E::kConfigUnknownWord, "catalog",
       "reserved"},
      {"ASectionIsNoTable", "format = 1\ntables = ^5\n", E::kConfigValue, "5", "must be a table"},
      {"TheSchemaIsNoName", "format = 1\nschema = ^'a b'\n", E::kConfigValue, "'a b'",
       "legal name"},
      {"TheServerIsUnknown", "server = ^'oracle-9'\n" + kHead, E::kConfigValue, "'oracle-9'",
       "mariadb-10.11"},
      {"TheServerIsOfAnotherKind", "server = ^'sqlite-3.40'\n" + kHead, E::kConfigValue,
       "'sqlite-3.40'", "another kind"},

      // Databases.
      {"NoDatabases", "format = 1\n", E::kConfigMissing, "", "no databases"},
      {"ADatabaseWithoutWrite", "format = 1\n[databases.^main]\nread = []\n", E::kConfigMissing,
       "main", "no `write`"},
      {"AnUnknownWordOfADatabase", "format = 1\n[databases.main]\n^wirte = 'sqlite:a'\n",
       E::kConfigUnknownWord, "wirte", "Did you mean 'write'?"},
      {"TheUrlIsNoString", "format = 1\n[databases.main]\nwrite = ^5\n", E::kConfigValue, "5",
       "must be a string, not an integer"},
      {"TheSchemeIsUnknown", "format = 1\n[databases.main]\nwrite = ^'postgres://h/d'\n",
       E::kConfigValue, "'postgres://h/d'", "mysql://"},
      {"ThePortIsNoNumber", "format = 1\n[databases.main]\nwrite = ^'mysql://h:x/d'\n",
       E::kConfigValue, "'mysql://h:x/d'", "1 to 65535"},
      {"ThePortIsTooHigh", "format = 1\n[databases.main]\nwrite = ^'mysql://h:65536/d'\n",
       E::kConfigValue, "'mysql://h:65536/d'", "1 to 65535"},
      {"ThereIsNoSchema", "format = 1\n[databases.main]\nwrite = ^'mysql://h:1/'\n",
       E::kConfigValue, "'mysql://h:1/'", "no schema"},
      {"ThereIsNoHost", "format = 1\n[databases.main]\nwrite = ^'mysql:///d'\n", E::kConfigValue,
       "'mysql:///d'", "no host"},
      {"AnUnknownParameter", "format = 1\n[databases.main]\nwrite = ^'mysql://h/d?x=1'\n",
       E::kConfigValue, "'mysql://h/d?x=1'", "unknown parameter"},
      {"ABadPercent", "format = 1\n[databases.main]\nwrite = ^'mysql://h/d%2'\n", E::kConfigValue,
       "'mysql://h/d%2'", "%"},
      {"ADatabaseInMemory", "format = 1\n[databases.main]\nwrite = ^'sqlite::memory:'\n",
       E::kConfigValue, "'sqlite::memory:'", "for each connection"},
      {"TheTlsWordIsUnknown", kHead + "tls = ^'requird'\n", E::kConfigValue, "'requird'",
       "Did you mean 'required'?"},
      {"ThePatternIsOpen", "format = 1\n[databases.^\"a[0..3\"]\nwrite = 'sqlite:a'\n",
       E::kConfigValue, "\"a[0..3\"", "no ]"},
      {"APlaceholderIsUnknown", "format = 1\n[databases.\"a[0..1]\"]\nwrite = ^'sqlite:{m}.db'\n",
       E::kConfigValue, "'sqlite:{m}.db'", "{n}"},
      {"ADatabaseIsThereTwice",
       "format = "
       "1\n[databases.a1]\nwrite='sqlite:a'\n[databases.^\"a[0..1]\"]\nwrite='sqlite:x{n}'\n",
       E::kConfigValue, "\"a[0..1]\"", "'a1' is there twice"},
      {"TwoNamesForOneDatabase",
       "format = 1\n[databases.a]\nwrite='sqlite:a'\n[databases.^b]\nwrite='sqlite:./a'\n",
       E::kConfigValue, "b", "'a' and 'b' are the same database"},
      {"TheNumberWasForgotten", "format = 1\n[databases.^\"a[0..1]\"]\nwrite='sqlite:a.db'\n",
       E::kConfigValue, "\"a[0..1]\"", "same database"},
      {"TwoKindsOfDatabases",
       "format = 1\n[databases.a]\nwrite='sqlite:a'\n[databases.^b]\nwrite='mysql://h/d'\n",
       E::kConfigValue, "b", "different kinds"},
      {"AReadUrlOfAnotherKind",
       "format = 1\n[databases.a]\nwrite='sqlite:a'\nread=^'mysql://h/d'\n", E::kConfigValue,
       "'mysql://h/d'", "different kinds"},
      {"BothPasswordAndFile", kHead + "password = 'x'\n^password_file = 'y'\n", E::kConfigValue,
       "password_file", "both"},
      {"ThePasswordFileIsMissing", kHead + "password_file = ^'not-there'\n", E::kConfigFile,
       "'not-there'", "cannot be read"},
      {"ADatabaseNameIsIllegal", "format = 1\n[databases.^\"a.b\"]\nwrite='sqlite:a'\n",
       E::kConfigValue, "\"a.b\"", "legal database name"},

      // The environment.
      {"AVariableIsNotSet", "format = 1\n[databases.main]\nwrite = 'mysql://^${HOST}/d'\n",
       E::kConfigEnvironment, "${HOST}", "variable HOST is not set"},
      {"AReferenceIsOpen", "format = 1\n[databases.main]\nwrite = ^'mysql://${HOST/d'\n",
       E::kConfigValue, "'mysql://${HOST/d'", "has no }"},
      {"AReferenceHasNoName", "format = 1\n[databases.main]\nwrite = ^'mysql://${}/d'\n",
       E::kConfigValue, "'mysql://${}/d'", "legal name"},

      // Settings.
      {"AnUnknownLimit", kHead + "[limits]\n^dept = 4\n", E::kConfigUnknownWord, "dept",
       "Did you mean 'depth'?"},
      {"ALimitIsTooLow", kHead + "[limits]\ndepth = ^1\n", E::kConfigValue, "1", "16 to 4000"},
      {"ALimitIsNoInteger", kHead + "[pool]\nsize = ^1.5\n", E::kConfigValue, "1.5",
       "must be an integer"},
      {"ALimitIsAString", kHead + "[pool]\nsize = ^\"16\"\n", E::kConfigValue, "\"16\"",
       "must be an integer"},
      {"TheSingleDatabaseIsUnknown", kHead + "[defaults]\nsingle = ^'mian'\n", E::kConfigMissing,
       "'mian'", "Did you mean 'main'?"},
      {"TheTimeZoneIsNone", kHead + "[defaults]\ntime_zone = ^\"'; DROP\"\n", E::kConfigValue,
       "\"'; DROP\"", "time zone"},
      {"ForeignKeysAreWrong", kHead + "[defaults]\ncross_shard_foreign_keys = ^'omitt'\n",
       E::kConfigValue, "'omitt'", "Did you mean 'omit'?"},

      // Generators.
      {"AGeneratorWithoutKind", kHead + "[ids.^a]\n", E::kConfigValue, "a", "exactly one kind"},
      {"AGeneratorOfTwoKinds", kHead + "[ids.^a]\nuuid7 = {}\nsnowflake = {worker = 0}\n",
       E::kConfigValue, "a", "exactly one kind"},
      {"AnUnknownGenerator", kHead + "[ids.a]\n^snowflak = {}\n", E::kConfigUnknownWord, "snowflak",
       "Did you mean 'snowflake'?"},
      {"NoWorker", kHead + "[ids.a]\n^snowflake = {}\n", E::kConfigMissing, "snowflake", "worker"},
      {"TheWorkerIsTooHigh", kHead + "[ids.a]\nsnowflake = {worker = ^1024}\n", E::kConfigValue,
       "1024", "0 to 1023"},
      {"ASegmentWithoutDatabase", kHead + "[ids.a]\n^segment = {}\n", E::kConfigMissing, "segment",
       "`database`"},
      {"ASegmentInAnUnknownDatabase", kHead + "[ids.a]\nsegment = {database = ^'mani'}\n",
       E::kConfigMissing, "'mani'", "Did you mean 'main'?"},
      {"ASqliteSegmentWhereATableLies",
       "format = 1\n[databases]\nmain = {write = \"sqlite:m.db\"}\n[tables]\nt = {at = \"main\"}\n"
       "[ids.^a]\nsegment = {database = \"main\"}\n",
       E::kConfigValue, "a", "file of their own"},
      {"UuidTakesNoWords", kHead + "[ids.a]\nuuid7 = {^x = 1}\n", E::kConfigUnknownWord, "x",
       "Nothing"},

      // Kinds of tables.
      {"ATableOfNoKind", table("^t = {fill = {}}"), E::kConfigMissing, "t", "what kind"},
      {"ATableOfTwoKinds", table("t = {at = 'main', ^copy = 'shop[0..3]'}"), E::kConfigValue,
       "copy", "both"},
      {"ByAndDatabaseBy", table("t = {by = 'mod(a)', ^database_by = 'mod(a)', onto = 'main'}"),
       E::kConfigValue, "database_by", "both"},
      {"TableByAlone", table("t = {^table_by = 'mod(a)', onto = 'main'}"), E::kConfigMissing,
       "table_by", "no `database_by`"},
      {"AnUnknownWordOfATable", table("t = {^bye = 'mod(a)', onto = 'main'}"),
       E::kConfigUnknownWord, "bye", "Did you mean 'by'?"},
      {"AWordOfAnotherKind", table("t = {at = 'main', ^slots = 4}"), E::kConfigValue, "slots",
       "does not go together with `at`"},
      {"ATableIsNoTable", table("t = ^'main'"), E::kConfigValue, "'main'", "must be a table"},
      {"NamesThatDifferByCase", table("t = {at = 'main'}\n^T = {at = 'main.x'}"), E::kConfigValue,
       "T", "case alone"},
      {"TheNameIsIllegal", table("^\"a b\" = {at = 'main'}"), E::kConfigValue, "\"a b\"",
       "legal table name"},
      {"TheNameIsTooLong", table("^" + std::string(65, 'a') + " = {at = 'main'}"), E::kConfigValue,
       std::string(65, 'a'), "64"},

      // Functions.
      {"TheFunctionIsUnknown", table("t = {by = '^hsah(a)', onto = 'main'}"), E::kConfigUnknownWord,
       "hsah", "Did you mean 'hash'?"},
      {"NotACall", table("t = {by = ^'user_id', onto = 'main'}"), E::kConfigValue, "'user_id'",
       "not a call"},
      {"NoColumn", table("t = {by = ^'hash()', onto = 'main'}"), E::kConfigValue, "",
       "column name"},
      {"AnIllegalColumn", table("t = {by = 'hash(a, ^b c)', onto = 'main'}"), E::kConfigValue,
       "b c", "column name"},
      {"AColumnTwice", table("t = {by = 'hash(a, ^A)', onto = 'main'}"), E::kConfigValue, "A",
       "twice"},
      {"TooManyColumns", table("t = {by = ^'mod(a, b)', onto = 'main'}"), E::kConfigValue,
       "'mod(a, b)'", "one column"},
      {"ANumberThatIsNotTaken", table("t = {by = ^'hash(a, 4)', onto = 'main'}"), E::kConfigValue,
       "'hash(a, 4)'", "takes no number"},
      {"TheApplicationsFunctionTakesNoNumber", table("t = {by = ^'sum(a, 4)', onto = 'main'}"),
       E::kConfigValue, "'sum(a, 4)'", "takes no number"},
      {"AWordOfAnotherFunction", table("t = {by = 'mod(a)', onto = 'main', ^slots = 4}"),
       E::kConfigValue, "slots", "does not belong to mod(a)"},
      {"AWordThatBothWouldRead",
       table("t = {database_by = 'mod(a)', table_by = 'mod(b)', onto = 'main', ^buckets = []}"),
       E::kConfigValue, "buckets", "both functions"},
      {"TheSameHashTwice",
       table("t = {database_by = 'hash(a)', table_by = ^'hash(a)', onto = 'shop[0..3].t_[0..3]'}"),
       E::kConfigValue, "'hash(a)'", "most tables empty"},
      {"TooFewSlots", table("t = {by = 'hash(a)', onto = 'shop[0..3]', slots = ^3}"),
       E::kConfigPlacement, "3", "3 slots for 4 places"},
      {"NoSlots", table("t = {by = 'hash(a)', onto = 'shop[0..3]', slots = ^0}"), E::kConfigValue,
       "0", "from 1"},
      {"SlotRangesOverlap",
       table(
           "t = {by = 'hash(a)', onto = 'shop[0..1]', slots = 8, slot_ranges = ['0..4', '^4..7']}"),
       E::kConfigPlacement, "4..7", "overlaps an earlier entry at 4"},
      {"SlotRangesLeaveAGap",
       table(
           "t = {by = 'hash(a)', onto = 'shop[0..1]', slots = 8, slot_ranges = ^['0..2', '4..7']}"),
       E::kConfigPlacement, "['0..2', '4..7']", "leaves out 3"},
      {"SlotRangesBeyondTheSlots",
       table("t = {by = 'hash(a)', onto = 'shop[0..1]', slots = 8, slot_ranges = ['0..3', '4..5, "
             "^6..8']}"),
       E::kConfigPlacement, "6..8", "not a part of 0..7"},
      {"SlotRangesOfAnotherNumber",
       table("t = {by = 'hash(a)', onto = 'shop[0..1]', slots = 8, slot_ranges = ^['0..7']}"),
       E::kConfigPlacement, "['0..7']", "1 entries for 2 places"},
      {"ModOfAnotherNumber", table("t = {by = ^'mod(a, 8)', onto = 'shop[0..3]'}"),
       E::kConfigPlacement, "'mod(a, 8)'", "8 remainders for 4 places"},
      {"ModByZero", table("t = {by = ^'mod(a, 0)', onto = 'shop[0..3]'}"), E::kConfigValue,
       "'mod(a, 0)'", "divisor"},
      {"ModOfText",
       table("t = {by = ^'mod(a)', onto = 'shop[0..3]', type = 'text', collation = 'binary'}"),
       E::kConfigValue, "'mod(a)'", "integer column"},
      {"BucketsOverlap",
       table("t = {by = 'mod(a, 4)', onto = 'shop[0..1]', buckets = ['0, 1', '^1..3']}"),
       E::kConfigPlacement, "1..3", "overlaps"},
      {"RangeWithoutRanges", table("t = {by = ^'range(a)', onto = 'shop[0..1]'}"),
       E::kConfigMissing, "'range(a)'", "needs `ranges`"},
      {"RangesOverlap",
       table("t = {by = 'range(a)', onto = 'shop[0..1]', ranges = ['..1000', '^999..']}"),
       E::kConfigPlacement, "999..", "overlaps '..1000'"},
      {"RangesLeaveAGap",
       table("t = {by = 'range(a)', onto = 'shop[0..1]', ranges = ['..1000', '^1001..']}"),
       E::kConfigPlacement, "1001..", "leaves a gap after '..1000'"},
      {"RangesOfAnotherNumber",
       table("t = {by = 'range(a)', onto = 'shop[0..1]', ranges = ^['..']}"), E::kConfigPlacement,
       "['..']", "1 entries for 2 places"},
      {"ARangeOfNothing", table("t = {by = 'range(a)', onto = 'main', ranges = ['^5..5']}"),
       E::kConfigPlacement, "5..5", "no range of keys"},
      {"ARangeOfText",
       table("t = {by = ^'range(a)', onto = 'main', ranges = ['..'], type = 'text', collation = "
             "'binary'}"),
       E::kConfigValue, "'range(a)'", "integer, date or datetime"},
      {"ADateForAnInteger",
       table("t = {by = 'range(a)', onto = 'main', ranges = ['^2024-01-01..']}"),
       E::kConfigPlacement, "2024-01-01..", "no range of keys"},
      {"ListWithoutLists", table("t = {by = ^'list(a)', onto = 'main'}"), E::kConfigMissing,
       "'list(a)'", "needs `lists`"},
      {"AKeyOfTheListsTwice",
       table("t = {by = 'list(a)', onto = 'shop[0..1]', lists = [[1, 2], [3, ^2]]}"),
       E::kConfigPlacement, "2", "twice"},
      {"AKeyOfTheListsTwiceByPadding",
       table(
           "t = {by = 'list(a)', onto = 'main', lists = [['a', ^'a ']], type = 'text', collation = "
           "'utf8mb4_bin'}"),
       E::kConfigPlacement, "'a '", "twice"},
      {"AKeyOfAnotherType", table("t = {by = 'list(a)', onto = 'main', lists = [[^'1']]}"),
       E::kConfigValue, "'1'", "no key of the column"},
      {"AListIsNoArray", table("t = {by = 'list(a)', onto = 'main', lists = [^1]}"),
       E::kConfigValue, "1", "array of keys"},
      {"OtherwiseIsNoPlace",
       table("t = {by = 'list(a)', onto = 'main', lists = [[1]], otherwise = ^1}"), E::kConfigValue,
       "1", "must be 0"},

      // Times.
      {"ATimePatternWithoutPeriod", table("t = {by = 'month(a)', onto = 'main.t_^{yyyyMM}'}"),
       E::kConfigMissing, "{yyyyMM}", "from = \"2024-01\""},
      {"FromWithoutUntil", table("t = {by = 'month(a)', onto = 'main.t_{yyyyMM}', ^from = '2024'}"),
       E::kConfigMissing, "from", "no `until`"},
      {"UntilBeforeFrom",
       table("t = {by = 'month(a)', onto = 'main.t_{yyyyMM}', from = '2024', until = ^'2023'}"),
       E::kConfigPlacement, "'2023'", "before"},
      {"FromIsNoDate",
       table("t = {by = 'month(a)', onto = 'main.t_{yyyyMM}', from = ^'2024-13', until = '2025'}"),
       E::kConfigValue, "'2024-13'", "no date"},
      {"ThePatternIsOfAnotherUnit",
       table("t = {by = 'day(a)', onto = 'main.t_^{yyyyMM}', from = '2024', until = '2024'}"),
       E::kConfigPlacement, "{yyyyMM}", "place for each day"},
      {"ATimePatternWithoutTimeFunction", table("t = {by = 'hash(a)', onto = 'main.t_^{yyyyMM}'}"),
       E::kConfigPlacement, "{yyyyMM}", "needs a time function, not hash(a)"},
      {"ATimePatternOfACopy", table("t = {copy = 'main.t_^{yyyy}'}"), E::kConfigPlacement, "{yyyy}",
       "time function"},
      {"AYearNeedsAPeriod", table("t = {by = ^'year(a)', onto = 'main.t_[0..3]'}"),
       E::kConfigMissing, "'year(a)'", "from"},
      {"ThePeriodIsOfAnotherLength",
       table("t = {by = ^'month(a)', onto = 'main.t_[0..3]', from = '2024-01', until = '2024-05'}"),
       E::kConfigPlacement, "'month(a)'", "5 places"},
      {"MonthsOfFourDatabasesByOneFunction",
       table(
           "t = {by = ^'month(a)', onto = 'shop[0..3].t_{yyyyMM}', from = '2024', until = '2024'}"),
       E::kConfigPlacement, "'month(a)'", "`database_by`"},
      {"ATimeOfAnInteger",
       table("t = {by = ^'month(a)', onto = 'main.t_[01..12]', type = 'integer'}"), E::kConfigValue,
       "'month(a)'", "date or datetime"},

      // Types and collations.
      {"TheTypeIsUnknown", table("t = {by = 'hash(a)', onto = 'main', type = ^'varchar'}"),
       E::kConfigValue, "'varchar'", "text"},
      {"TheFractionIsTooLong",
       table("t = {by = 'month(a)', onto = 'main.t_[01..12]', type = ^'datetime(7)'}"),
       E::kConfigValue, "'datetime(7)'", "datetime(n)"},
      {"TypeOfSeveralColumns", table("t = {by = 'hash(a, b)', onto = 'main', ^type = 'integer'}"),
       E::kConfigValue, "type", "types = {a"},
      {"TypesOfAnotherColumn",
       table("t = {by = 'hash(user, b)', onto = 'main', types = {^usr = 'integer'}}"),
       E::kConfigUnknownWord, "usr", "Did you mean 'user'?"},
      {"TextWithoutCollation", table("^t = {by = 'hash(a)', onto = 'main', type = 'text'}"),
       E::kConfigCollation, "t", "no `collation`"},
      {"ACollationThatIsNotBinary",
       table(
           "t = {by = 'hash(a)', onto = 'main', type = 'text', collation = ^'utf8mb4_general_ci'}"),
       E::kConfigCollation, "'utf8mb4_general_ci'", "utf8mb4_bin"},
      {"ACollationOfSqlite",
       table("t = {by = 'hash(a)', onto = 'main', type = 'text', collation = ^'NOCASE'}"),
       E::kConfigCollation, "'NOCASE'", "utf8mb4_bin"},
      {"ACollationOfAWideCharacterSet",
       table("t = {by = 'hash(a)', onto = 'main', type = 'text', collation = ^'utf16_bin'}"),
       E::kConfigCollation, "'utf16_bin'", "utf8mb4_bin"},
      {"ACollationOfMySqlForSqlite",
       "format = 1\n[databases.main]\nwrite='sqlite:a'\n[tables]\n"
       "t = {by = 'hash(a)', onto = 'main', type = 'text', collation = ^'utf8mb4_bin'}\n",
       E::kConfigCollation, "'utf8mb4_bin'", "NOCASE"},
      {"ACollationWithoutText", table("t = {by = 'hash(a)', onto = 'main', ^collation = 'binary'}"),
       E::kConfigValue, "collation", "no column of the key is text"},

      // Places.
      {"NoOnto", table("^t = {by = 'hash(a)'}"), E::kConfigMissing, "t", "Add onto"},
      {"AnEmptyOnto", table("t = {by = 'hash(a)', onto = ^[]}"), E::kConfigMissing, "[]",
       "names no place"},
      {"AnUnknownDatabase", table("t = {by = 'hash(a)', onto = '^shp[0..3].t'}"), E::kConfigMissing,
       "shp[0..3]", "Did you mean 'shop0'?"},
      {"ADatabaseTooMany", table("t = {by = 'hash(a)', onto = ^\"shop[0..4]\"}"), E::kConfigMissing,
       "", "'shop4'"},
      {"TheRangeIsBackwards", table("t = {by = 'hash(a)', onto = 'shop^[3..0]'}"), E::kConfigValue,
       "[3..0]", "ends before"},
      {"ThePaddingDiffers", table("t = {by = 'hash(a)', onto = 'main.t_^[00..100]'}"),
       E::kConfigValue, "[00..100]", "equally long"},
      {"TheRangeIsNoNumber", table("t = {by = 'hash(a)', onto = 'main.t_^[a..c]'}"),
       E::kConfigValue, "[a..c]", "whole numbers"},
      {"TheRangeIsTooLong", table("t = {by = 'hash(a)', onto = 'main.t_^[0..1000000]'}"),
       E::kConfigValue, "[0..1000000]", "1000000"},
      {"ThePatternIsTooLong", table("t = {by = 'hash(a)', onto = 'main.^t_[0..1999]_[0..1999]'}"),
       E::kConfigValue, "t_[0..1999]_[0..1999]", "1000000 names"},
      {"TheProductIsTooLong",
       table("t = {by = 'hash(a)', onto = ^'shop[0..3].t_[0..999999]', slots = 1048576}"),
       E::kConfigValue, "'shop[0..3].t_[0..999999]'", "1000000 physical tables"},
      {"AnEmptyName", table("t = {by = 'hash(a)', onto = 'main.'}"), E::kConfigValue, "", "empty"},
      {"AnEmptyListItem", table("t = {by = 'hash(a)', onto = 'main.t_^[a,,b]'}"), E::kConfigValue,
       "[a,,b]", "empty or malformed"},
      {"ABraceOfAnotherForm", table("t = {by = 'month(a)', onto = 'main.t_^{MMyy}'}"),
       E::kConfigValue, "{MMyy}", "{yyyyMM}"},
      {"APhysicalNameIsIllegal", table("t = {at = 'main.^a-b'}"), E::kConfigValue, "a-b",
       "'a-b' is no legal table name"},
      {"APhysicalNameIsTooLong", table("t = {at = 'main.^" + std::string(65, 'a') + "'}"),
       E::kConfigValue, std::string(65, 'a'), "64"},
      {"ANodeTwiceInOneTable", table("t = {by = 'hash(a)', onto = ^['shop0.t', 'shop0.t']}"),
       E::kConfigPlacement, "['shop0.t', 'shop0.t']", "twice by `t`"},
      {"ANodeInTwoTables", table("t = {at = 'main.x'}\nu = {at = ^'main.X'}"), E::kConfigPlacement,
       "'main.X'", "by both `t` and `u`"},
      {"TwoCopiesInOneDatabase", table("t = {copy = ^['main.a', 'main.b']}"), E::kConfigPlacement,
       "['main.a', 'main.b']", "two copies in 'main'"},
      {"ASingleTableInManyPlaces", table("t = {at = ^'shop[0..3]'}"), E::kConfigPlacement,
       "'shop[0..3]'", "4 places"},
      {"DatabasesWithDifferentNumbersOfTables",
       table("t = {database_by = 'mod(a)', table_by = 'mod(b)', onto = ^['shop0.t_[0..2]', "
             "'shop1.t_0']}"),
       E::kConfigPlacement, "['shop0.t_[0..2]', 'shop1.t_0']", "different numbers"},

      {"ANumberedDatabaseTooMany", table("t = {by = 'hash(a)', onto = '^shop[0..4]'}"),
       E::kConfigMissing, "shop[0..4]", "[databases] has shop0, shop1, shop2 and shop3."},

      // Bound tables.
      {"TheParentIsUnknown",
       table("orders = {by = 'hash(a)', onto = 'main'}\nitems = {with = ^'order'}"),
       E::kConfigMissing, "'order'", "Did you mean 'orders'?"},
      {"ThereIsNoParent", table("items = {with = ^'orders'}"), E::kConfigMissing, "'orders'",
       "Add that table to [tables]."},
      {"TheParentIsNotSharded", table("p = {at = 'main'}\nc = {with = ^'p'}"), E::kConfigBound,
       "'p'", "not a sharded table"},
      {"BoundToItself", table("c = {with = ^'c', onto = 'main'}"), E::kConfigBound, "'c'", "cycle"},
      {"ACycle", table("a = {with = 'b'}\nb = {with = 'c'}\nc = {with = ^'a'}"), E::kConfigBound,
       "'a'", "cycle"},
      {"AnotherNumberOfTables",
       table("p = {by = 'hash(a)', onto = 'shop[0..3].p_[0..3]'}\n"
             "c = {with = 'p', onto = ^'shop[0..3].c_[0..2]'}"),
       E::kConfigBound, "'shop[0..3].c_[0..2]'", "has 12 tables, but `p` has 16"},
      {"OtherDatabases",
       table("p = {by = 'hash(a)', onto = 'shop[0..1].p_[0..1]'}\n"
             "c = {with = 'p', onto = ^['shop0.c_0', 'shop1.c_[0..1]', 'shop0.c_1']}"),
       E::kConfigBound, "['shop0.c_0', 'shop1.c_[0..1]', 'shop0.c_1']",
       "Table 1 of `tables.c` lies in 'shop1', but that of `p` in 'shop0'"},
      {"OntoIsNotClear",
       table("p = {by = 'hash(a)', onto = 'shop[0..3].p_[0..3]'}\n^c = {with = 'p'}"),
       E::kConfigMissing, "c", "Add onto"},
      {"TheKeyIsOfAnotherLength",
       table("p = {by = 'hash(a)', onto = 'shop[0..3]'}\nc = {with = 'p', key = ^['a', 'b']}"),
       E::kConfigBound, "['a', 'b']", "has 2 columns"},
      {"TheKeyNamesAColumnTwice",
       table("p = {by = 'hash(a, b)', onto = 'shop[0..3]'}\nc = {with = 'p', key = ['x', ^'X']}"),
       E::kConfigValue, "'X'", "twice"},

      // Fill.
      {"TheGeneratorIsUnknown",
       table("t = {at = 'main', fill = {id = ^'nmbers'}}\n[ids.numbers]\nuuid7 = {}"),
       E::kConfigMissing, "'nmbers'", "Did you mean 'numbers'?"},
      {"ThereIsNoGenerator", table("t = {at = 'main', fill = {id = ^'nope'}}"), E::kConfigMissing,
       "'nope'", "Add [ids.nope] with"},
      {"FillIsNoTable", table("t = {at = 'main', fill = ^'id'}"), E::kConfigValue, "'id'",
       "must be a table"},
      {"FillGivesTextForAnIntegerKey",
       table("t = {by = 'hash(id)', onto = 'main', fill = {id = ^'u'}}\n[ids.u]\nuuid7 = {}"),
       E::kConfigValue, "'u'", "gives text"},
  };
}

class ConfigRejectionTest : public ::testing::TestWithParam<Case> {};

TEST_P(ConfigRejectionTest, HasItsCodeAndItsCaret) {
  const Case& c = GetParam();
  std::string text = c.text;
  const std::size_t caret = text.find('^');
  if (caret != std::string::npos) text.erase(caret, 1);
  const auto result = parse_config(text, test_options());
  ASSERT_FALSE(result) << "was taken";
  const Error& error = result.error();
  EXPECT_EQ(error.id(), error_info(c.code).id) << error.message();
  const std::string said = error.message() + "\n" + error.remedy();
  EXPECT_NE(said.find(c.fragment), std::string::npos) << said;
  const ErrorSpan span = error.span();
  ASSERT_LE(span.end, text.size());
  if (caret != std::string::npos && !c.under.empty()) {
    EXPECT_EQ(line_column(text, span.begin).line, line_column(text, caret).line) << said;
    EXPECT_EQ(line_column(text, span.begin).column, line_column(text, caret).column) << said;
  }
  if (!c.under.empty()) {
    EXPECT_EQ(text.substr(span.begin, span.end - span.begin), c.under) << said;
  }
  EXPECT_FALSE(error.remedy().empty());
}

INSTANTIATE_TEST_SUITE_P(All, ConfigRejectionTest, ::testing::ValuesIn(cases()),
                         [](const auto& param) { return param.param.name; });

TEST(ConfigRejectionTest, NoPrefixOfAConfigurationBreaksTheReader) {
  const std::string text = table(
      "t = {by = 'hash(a)', onto = 'shop[0..3].t_[0..3]', slots = 64}\n"
      "u = {with = 't', onto = \"shop[0..3].u_[0..3]\"} # end");
  ASSERT_TRUE(parse_config(text, test_options()));
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto result = parse_config(text.substr(0, size), test_options());
    if (result) continue;
    EXPECT_EQ(result.error().category(), ErrorCategory::kConfig);
    EXPECT_LE(result.error().span().end, size);
  }
}

}  // namespace
}  // namespace pando::rules
