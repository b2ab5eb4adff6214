#include "rules/config_words.h"

#include <array>

namespace pando::rules {
namespace {

constexpr auto kWords = std::to_array<ConfigWord>({
    {"", "format", "integer", ""},
    {"", "schema", "string", ""},
    {"", "server", "string", "\"mariadb-10.11\""},
    {"", "compute", "string", ""},
    {"", "defaults", "table", ""},
    {"", "limits", "table", ""},
    {"", "pool", "table", ""},
    {"", "databases", "table", ""},
    {"", "tables", "table", ""},
    {"", "ids", "table", ""},

    {"defaults", "user", "string", "\"\""},
    {"defaults", "password", "string", "\"\""},
    {"defaults", "password_file", "string", ""},
    {"defaults", "single", "string", ""},
    {"defaults", "cross_shard_foreign_keys", "string", "\"refuse\""},
    {"defaults", "time_zone", "string", "\"+00:00\""},
    {"defaults", "tls", "string", "\"preferred\""},
    {"defaults", "tls_ca", "string", "\"\""},
    {"defaults", "tls_cert", "string", "\"\""},
    {"defaults", "tls_key", "string", "\"\""},

    {"limits", "statement_bytes", "integer", "67108864"},
    {"limits", "depth", "integer", "400"},
    {"limits", "list_items", "integer", "1048576"},
    {"limits", "merge_bytes", "integer", "268435456"},
    {"limits", "compute_rows", "integer", "10000000"},
    {"limits", "compute_bytes", "integer", "1073741824"},
    {"limits", "compute_keys", "integer", "1000"},
    {"limits", "compute_memory", "integer", "268435456"},
    {"limits", "plan_cache", "integer", "4096"},
    {"limits", "prepared_statements", "integer", "64"},
    {"limits", "session_settings", "integer", "1000"},
    {"limits", "schema_life_ms", "integer", "5000"},

    {"pool", "size", "integer", "16"},
    {"pool", "wait_ms", "integer", "5000"},
    {"pool", "connect_timeout_ms", "integer", "5000"},
    {"pool", "read_timeout_ms", "integer", "60000"},
    {"pool", "write_timeout_ms", "integer", "60000"},
    {"pool", "idle_check_ms", "integer", "30000"},

    {"databases.*", "write", "string", ""},
    {"databases.*", "read", "string or array of strings", "[]"},
    {"databases.*", "user", "string", "defaults.user"},
    {"databases.*", "password", "string", "defaults.password"},
    {"databases.*", "password_file", "string", "defaults.password_file"},
    {"databases.*", "tls", "string", "defaults.tls"},
    {"databases.*", "tls_ca", "string", "defaults.tls_ca"},
    {"databases.*", "tls_cert", "string", "defaults.tls_cert"},
    {"databases.*", "tls_key", "string", "defaults.tls_key"},

    {"tables.*", "by", "function", ""},
    {"tables.*", "database_by", "function", ""},
    {"tables.*", "table_by", "function", ""},
    {"tables.*", "with", "string", ""},
    {"tables.*", "key", "string or array of strings", "the parent's columns"},
    {"tables.*", "copy", "pattern or array of patterns", ""},
    {"tables.*", "at", "pattern", ""},
    {"tables.*", "onto", "pattern or array of patterns", ""},
    {"tables.*", "type", "string", "\"integer\""},
    {"tables.*", "types", "table of strings", "{}"},
    {"tables.*", "collation", "string", ""},
    {"tables.*", "slots", "integer", "1024"},
    {"tables.*", "slot_ranges", "array of strings", "even"},
    {"tables.*", "buckets", "array of strings", "one per place"},
    {"tables.*", "ranges", "array of strings", ""},
    {"tables.*", "lists", "array of arrays", ""},
    {"tables.*", "otherwise", "integer", ""},
    {"tables.*", "from", "date or string", ""},
    {"tables.*", "until", "date or string", ""},
    {"tables.*", "fill", "table of strings", "{}"},

    {"ids.*", "snowflake", "table", ""},
    {"ids.*", "segment", "table", ""},
    {"ids.*", "uuid7", "table", ""},
    {"ids.*.snowflake", "worker", "integer", ""},
    {"ids.*.segment", "database", "string", ""},
    {"ids.*.segment", "table", "string", "\"pando_ids\""},
    {"ids.*.segment", "step", "integer", "1000"},
    {"ids.*.segment", "start", "integer", ""},
});

}  // namespace

std::span<const ConfigWord> config_words() { return kWords; }

std::vector<std::string_view> words_of_section(std::string_view section) {
  std::vector<std::string_view> words;
  for (const ConfigWord& word : kWords) {
    if (word.section == section) words.push_back(word.word);
  }
  return words;
}

}  // namespace pando::rules
