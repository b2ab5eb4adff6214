#include "router/analyze/functions.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "pando/names.h"

namespace pando::analyze {
namespace {

struct Entry {
  std::string_view name;
  FunctionClass what;
};

// The built-ins of MySQL 8, MariaDB 10.11 and SQLite 3. Sorted by name.
constexpr Entry kFunctions[] = {
    {"abs", FunctionClass::kScalar},
    {"acos", FunctionClass::kScalar},
    {"acosh", FunctionClass::kScalar},
    {"adddate", FunctionClass::kScalar},
    {"addtime", FunctionClass::kScalar},
    {"aes_decrypt", FunctionClass::kScalar},
    {"aes_encrypt", FunctionClass::kScalar},
    {"any_value", FunctionClass::kScalar},
    {"approx_count_distinct", FunctionClass::kAggregate},
    {"ascii", FunctionClass::kScalar},
    {"asin", FunctionClass::kScalar},
    {"asinh", FunctionClass::kScalar},
    {"atan", FunctionClass::kScalar},
    {"atan2", FunctionClass::kScalar},
    {"atanh", FunctionClass::kScalar},
    {"avg", FunctionClass::kAvg},
    {"benchmark", FunctionClass::kSideEffect},
    {"bin", FunctionClass::kScalar},
    {"bin_to_uuid", FunctionClass::kScalar},
    {"binary", FunctionClass::kScalar},
    {"bit_and", FunctionClass::kAggregate},
    {"bit_count", FunctionClass::kScalar},
    {"bit_length", FunctionClass::kScalar},
    {"bit_or", FunctionClass::kAggregate},
    {"bit_xor", FunctionClass::kAggregate},
    {"bm25", FunctionClass::kScalar},
    {"cast", FunctionClass::kScalar},
    {"ceil", FunctionClass::kScalar},
    {"ceiling", FunctionClass::kScalar},
    {"changes", FunctionClass::kConnection},
    {"char", FunctionClass::kScalar},
    {"char_length", FunctionClass::kScalar},
    {"character_length", FunctionClass::kScalar},
    {"charset", FunctionClass::kScalar},
    {"chr", FunctionClass::kScalar},
    {"coalesce", FunctionClass::kScalar},
    {"coercibility", FunctionClass::kScalar},
    {"collation", FunctionClass::kScalar},
    {"compress", FunctionClass::kScalar},
    {"concat", FunctionClass::kScalar},
    {"concat_ws", FunctionClass::kScalar},
    {"connection_id", FunctionClass::kScalar},
    {"conv", FunctionClass::kScalar},
    {"convert", FunctionClass::kScalar},
    {"convert_tz", FunctionClass::kScalar},
    {"cos", FunctionClass::kScalar},
    {"cosh", FunctionClass::kScalar},
    {"cot", FunctionClass::kScalar},
    {"count", FunctionClass::kCount},
    {"crc32", FunctionClass::kScalar},
    {"crc32c", FunctionClass::kScalar},
    {"cume_dist", FunctionClass::kWindowOnly},
    {"curdate", FunctionClass::kTime},
    {"current_date", FunctionClass::kTime},
    {"current_role", FunctionClass::kScalar},
    {"current_time", FunctionClass::kTime},
    {"current_timestamp", FunctionClass::kTime},
    {"current_user", FunctionClass::kScalar},
    {"curtime", FunctionClass::kTime},
    {"database", FunctionClass::kScalar},
    {"date", FunctionClass::kScalar},
    {"date_add", FunctionClass::kScalar},
    {"date_format", FunctionClass::kScalar},
    {"date_sub", FunctionClass::kScalar},
    {"datediff", FunctionClass::kScalar},
    {"datetime", FunctionClass::kScalar},
    {"day", FunctionClass::kScalar},
    {"dayname", FunctionClass::kScalar},
    {"dayofmonth", FunctionClass::kScalar},
    {"dayofweek", FunctionClass::kScalar},
    {"dayofyear", FunctionClass::kScalar},
    {"decode", FunctionClass::kScalar},
    {"default", FunctionClass::kScalar},
    {"degrees", FunctionClass::kScalar},
    {"dense_rank", FunctionClass::kWindowOnly},
    {"des_decrypt", FunctionClass::kScalar},
    {"des_encrypt", FunctionClass::kScalar},
    {"elt", FunctionClass::kScalar},
    {"encode", FunctionClass::kScalar},
    {"encrypt", FunctionClass::kScalar},
    {"exp", FunctionClass::kScalar},
    {"export_set", FunctionClass::kScalar},
    {"extract", FunctionClass::kScalar},
    {"extractvalue", FunctionClass::kScalar},
    {"field", FunctionClass::kScalar},
    {"find_in_set", FunctionClass::kScalar},
    {"first_value", FunctionClass::kWindowOnly},
    {"floor", FunctionClass::kScalar},
    {"format", FunctionClass::kScalar},
    {"format_bytes", FunctionClass::kScalar},
    {"format_pico_time", FunctionClass::kScalar},
    {"found_rows", FunctionClass::kConnection},
    {"from_base64", FunctionClass::kScalar},
    {"from_days", FunctionClass::kScalar},
    {"from_unixtime", FunctionClass::kScalar},
    {"geomcollection", FunctionClass::kScalar},
    {"geometrycollection", FunctionClass::kScalar},
    {"get_format", FunctionClass::kScalar},
    {"get_lock", FunctionClass::kConnection},
    {"glob", FunctionClass::kScalar},
    {"greatest", FunctionClass::kScalar},
    {"group_concat", FunctionClass::kAggregate},
    {"grouping", FunctionClass::kScalar},
    {"hex", FunctionClass::kScalar},
    {"highlight", FunctionClass::kScalar},
    {"hour", FunctionClass::kScalar},
    {"if", FunctionClass::kScalar},
    {"ifnull", FunctionClass::kScalar},
    {"iif", FunctionClass::kScalar},
    {"in", FunctionClass::kScalar},
    {"inet6_aton", FunctionClass::kScalar},
    {"inet6_ntoa", FunctionClass::kScalar},
    {"inet_aton", FunctionClass::kScalar},
    {"inet_ntoa", FunctionClass::kScalar},
    {"insert", FunctionClass::kScalar},
    {"instr", FunctionClass::kScalar},
    {"interval", FunctionClass::kScalar},
    {"is_free_lock", FunctionClass::kConnection},
    {"is_ipv4", FunctionClass::kScalar},
    {"is_ipv4_compat", FunctionClass::kScalar},
    {"is_ipv4_mapped", FunctionClass::kScalar},
    {"is_ipv6", FunctionClass::kScalar},
    {"is_used_lock", FunctionClass::kConnection},
    {"is_uuid", FunctionClass::kScalar},
    {"isnull", FunctionClass::kScalar},
    {"json", FunctionClass::kScalar},
    {"json_array", FunctionClass::kScalar},
    {"json_array_append", FunctionClass::kScalar},
    {"json_array_insert", FunctionClass::kScalar},
    {"json_array_intersect", FunctionClass::kScalar},
    {"json_array_length", FunctionClass::kScalar},
    {"json_arrayagg", FunctionClass::kAggregate},
    {"json_compact", FunctionClass::kScalar},
    {"json_contains", FunctionClass::kScalar},
    {"json_contains_path", FunctionClass::kScalar},
    {"json_depth", FunctionClass::kScalar},
    {"json_detailed", FunctionClass::kScalar},
    {"json_equals", FunctionClass::kScalar},
    {"json_error_position", FunctionClass::kScalar},
    {"json_exists", FunctionClass::kScalar},
    {"json_extract", FunctionClass::kScalar},
    {"json_group_array", FunctionClass::kAggregate},
    {"json_group_object", FunctionClass::kAggregate},
    {"json_insert", FunctionClass::kScalar},
    {"json_key_value", FunctionClass::kScalar},
    {"json_keys", FunctionClass::kScalar},
    {"json_length", FunctionClass::kScalar},
    {"json_loose", FunctionClass::kScalar},
    {"json_merge", FunctionClass::kScalar},
    {"json_merge_patch", FunctionClass::kScalar},
    {"json_merge_preserve", FunctionClass::kScalar},
    {"json_normalize", FunctionClass::kScalar},
    {"json_object", FunctionClass::kScalar},
    {"json_object_filter_keys", FunctionClass::kScalar},
    {"json_object_to_array", FunctionClass::kScalar},
    {"json_objectagg", FunctionClass::kAggregate},
    {"json_overlaps", FunctionClass::kScalar},
    {"json_patch", FunctionClass::kScalar},
    {"json_pretty", FunctionClass::kScalar},
    {"json_query", FunctionClass::kScalar},
    {"json_quote", FunctionClass::kScalar},
    {"json_remove", FunctionClass::kScalar},
    {"json_replace", FunctionClass::kScalar},
    {"json_schema_valid", FunctionClass::kScalar},
    {"json_schema_validation_report", FunctionClass::kScalar},
    {"json_search", FunctionClass::kScalar},
    {"json_set", FunctionClass::kScalar},
    {"json_storage_free", FunctionClass::kScalar},
    {"json_storage_size", FunctionClass::kScalar},
    {"json_table", FunctionClass::kScalar},
    {"json_type", FunctionClass::kScalar},
    {"json_unquote", FunctionClass::kScalar},
    {"json_valid", FunctionClass::kScalar},
    {"json_value", FunctionClass::kScalar},
    {"jsonb", FunctionClass::kScalar},
    {"jsonb_array", FunctionClass::kScalar},
    {"jsonb_extract", FunctionClass::kScalar},
    {"jsonb_group_array", FunctionClass::kAggregate},
    {"jsonb_group_object", FunctionClass::kAggregate},
    {"jsonb_insert", FunctionClass::kScalar},
    {"jsonb_object", FunctionClass::kScalar},
    {"jsonb_patch", FunctionClass::kScalar},
    {"jsonb_remove", FunctionClass::kScalar},
    {"jsonb_replace", FunctionClass::kScalar},
    {"jsonb_set", FunctionClass::kScalar},
    {"julianday", FunctionClass::kScalar},
    {"kdf", FunctionClass::kScalar},
    {"lag", FunctionClass::kWindowOnly},
    {"last_day", FunctionClass::kScalar},
    {"last_insert_id", FunctionClass::kConnection},
    {"last_insert_rowid", FunctionClass::kConnection},
    {"last_value", FunctionClass::kWindowOnly},
    {"lastval", FunctionClass::kConnection},
    {"lcase", FunctionClass::kScalar},
    {"lead", FunctionClass::kWindowOnly},
    {"least", FunctionClass::kScalar},
    {"left", FunctionClass::kScalar},
    {"length", FunctionClass::kScalar},
    {"lengthb", FunctionClass::kScalar},
    {"like", FunctionClass::kScalar},
    {"likelihood", FunctionClass::kScalar},
    {"likely", FunctionClass::kScalar},
    {"linestring", FunctionClass::kScalar},
    {"ln", FunctionClass::kScalar},
    {"load_extension", FunctionClass::kSideEffect},
    {"load_file", FunctionClass::kSideEffect},
    {"localtime", FunctionClass::kTime},
    {"localtimestamp", FunctionClass::kTime},
    {"locate", FunctionClass::kScalar},
    {"log", FunctionClass::kScalar},
    {"log10", FunctionClass::kScalar},
    {"log2", FunctionClass::kScalar},
    {"lower", FunctionClass::kScalar},
    {"lpad", FunctionClass::kScalar},
    {"ltrim", FunctionClass::kScalar},
    {"ltrim_oracle", FunctionClass::kScalar},
    {"make_set", FunctionClass::kScalar},
    {"makedate", FunctionClass::kScalar},
    {"maketime", FunctionClass::kScalar},
    {"master_gtid_wait", FunctionClass::kSideEffect},
    {"master_pos_wait", FunctionClass::kSideEffect},
    {"match", FunctionClass::kScalar},
    {"max", FunctionClass::kMax},
    {"mbrcontains", FunctionClass::kScalar},
    {"mbrcoveredby", FunctionClass::kScalar},
    {"mbrcovers", FunctionClass::kScalar},
    {"mbrdisjoint", FunctionClass::kScalar},
    {"mbrequals", FunctionClass::kScalar},
    {"mbrintersects", FunctionClass::kScalar},
    {"mbroverlaps", FunctionClass::kScalar},
    {"mbrtouches", FunctionClass::kScalar},
    {"mbrwithin", FunctionClass::kScalar},
    {"md5", FunctionClass::kScalar},
    {"median", FunctionClass::kAggregate},
    {"microsecond", FunctionClass::kScalar},
    {"mid", FunctionClass::kScalar},
    {"min", FunctionClass::kMin},
    {"minute", FunctionClass::kScalar},
    {"mod", FunctionClass::kScalar},
    {"month", FunctionClass::kScalar},
    {"monthname", FunctionClass::kScalar},
    {"multilinestring", FunctionClass::kScalar},
    {"multipoint", FunctionClass::kScalar},
    {"multipolygon", FunctionClass::kScalar},
    {"name_const", FunctionClass::kSideEffect},
    {"natural_sort_key", FunctionClass::kScalar},
    {"next value for", FunctionClass::kConnection},
    {"next_value", FunctionClass::kConnection},
    {"nextval", FunctionClass::kConnection},
    {"now", FunctionClass::kTime},
    {"nth_value", FunctionClass::kWindowOnly},
    {"ntile", FunctionClass::kWindowOnly},
    {"nullif", FunctionClass::kScalar},
    {"nvl", FunctionClass::kScalar},
    {"nvl2", FunctionClass::kScalar},
    {"oct", FunctionClass::kScalar},
    {"octet_length", FunctionClass::kScalar},
    {"old_password", FunctionClass::kScalar},
    {"ord", FunctionClass::kScalar},
    {"password", FunctionClass::kScalar},
    {"percent_rank", FunctionClass::kWindowOnly},
    {"percentile", FunctionClass::kAggregate},
    {"percentile_cont", FunctionClass::kAggregate},
    {"percentile_disc", FunctionClass::kAggregate},
    {"period_add", FunctionClass::kScalar},
    {"period_diff", FunctionClass::kScalar},
    {"pi", FunctionClass::kScalar},
    {"point", FunctionClass::kScalar},
    {"polygon", FunctionClass::kScalar},
    {"position", FunctionClass::kScalar},
    {"pow", FunctionClass::kScalar},
    {"power", FunctionClass::kScalar},
    {"previous value for", FunctionClass::kConnection},
    {"previous_value", FunctionClass::kConnection},
    {"printf", FunctionClass::kScalar},
    {"ps_current_thread_id", FunctionClass::kSideEffect},
    {"ps_thread_id", FunctionClass::kSideEffect},
    {"quarter", FunctionClass::kScalar},
    {"quote", FunctionClass::kScalar},
    {"radians", FunctionClass::kScalar},
    {"rand", FunctionClass::kRandom},
    {"random", FunctionClass::kRandom},
    {"random_bytes", FunctionClass::kRandom},
    {"randomblob", FunctionClass::kRandom},
    {"rank", FunctionClass::kWindowOnly},
    {"regexp_instr", FunctionClass::kScalar},
    {"regexp_like", FunctionClass::kScalar},
    {"regexp_replace", FunctionClass::kScalar},
    {"regexp_substr", FunctionClass::kScalar},
    {"release_all_locks", FunctionClass::kConnection},
    {"release_lock", FunctionClass::kConnection},
    {"repeat", FunctionClass::kScalar},
    {"replace", FunctionClass::kScalar},
    {"replace_oracle", FunctionClass::kScalar},
    {"reverse", FunctionClass::kScalar},
    {"right", FunctionClass::kScalar},
    {"round", FunctionClass::kScalar},
    {"row", FunctionClass::kScalar},
    {"row_count", FunctionClass::kConnection},
    {"row_number", FunctionClass::kWindowOnly},
    {"rpad", FunctionClass::kScalar},
    {"rtrim", FunctionClass::kScalar},
    {"rtrim_oracle", FunctionClass::kScalar},
    {"schema", FunctionClass::kScalar},
    {"sec_to_time", FunctionClass::kScalar},
    {"second", FunctionClass::kScalar},
    {"session_user", FunctionClass::kScalar},
    {"setval", FunctionClass::kConnection},
    {"sformat", FunctionClass::kScalar},
    {"sha", FunctionClass::kScalar},
    {"sha1", FunctionClass::kScalar},
    {"sha2", FunctionClass::kScalar},
    {"sign", FunctionClass::kScalar},
    {"sin", FunctionClass::kScalar},
    {"sinh", FunctionClass::kScalar},
    {"sleep", FunctionClass::kSideEffect},
    {"snippet", FunctionClass::kScalar},
    {"soundex", FunctionClass::kScalar},
    {"space", FunctionClass::kScalar},
    {"sqlite_compileoption_get", FunctionClass::kScalar},
    {"sqlite_compileoption_used", FunctionClass::kScalar},
    {"sqlite_source_id", FunctionClass::kScalar},
    {"sqlite_version", FunctionClass::kScalar},
    {"sqrt", FunctionClass::kScalar},
    {"st_area", FunctionClass::kScalar},
    {"st_asbinary", FunctionClass::kScalar},
    {"st_asgeojson", FunctionClass::kScalar},
    {"st_astext", FunctionClass::kScalar},
    {"st_aswkb", FunctionClass::kScalar},
    {"st_aswkt", FunctionClass::kScalar},
    {"st_boundary", FunctionClass::kScalar},
    {"st_buffer", FunctionClass::kScalar},
    {"st_centroid", FunctionClass::kScalar},
    {"st_collect", FunctionClass::kAggregate},
    {"st_contains", FunctionClass::kScalar},
    {"st_convexhull", FunctionClass::kScalar},
    {"st_crosses", FunctionClass::kScalar},
    {"st_difference", FunctionClass::kScalar},
    {"st_dimension", FunctionClass::kScalar},
    {"st_disjoint", FunctionClass::kScalar},
    {"st_distance", FunctionClass::kScalar},
    {"st_distance_sphere", FunctionClass::kScalar},
    {"st_endpoint", FunctionClass::kScalar},
    {"st_envelope", FunctionClass::kScalar},
    {"st_equals", FunctionClass::kScalar},
    {"st_exteriorring", FunctionClass::kScalar},
    {"st_geohash", FunctionClass::kScalar},
    {"st_geometryfromtext", FunctionClass::kScalar},
    {"st_geometryn", FunctionClass::kScalar},
    {"st_geometrytype", FunctionClass::kScalar},
    {"st_geomfromgeojson", FunctionClass::kScalar},
    {"st_geomfromtext", FunctionClass::kScalar},
    {"st_geomfromwkb", FunctionClass::kScalar},
    {"st_interiorringn", FunctionClass::kScalar},
    {"st_intersection", FunctionClass::kScalar},
    {"st_intersects", FunctionClass::kScalar},
    {"st_isclosed", FunctionClass::kScalar},
    {"st_isempty", FunctionClass::kScalar},
    {"st_issimple", FunctionClass::kScalar},
    {"st_isvalid", FunctionClass::kScalar},
    {"st_latfromgeohash", FunctionClass::kScalar},
    {"st_latitude", FunctionClass::kScalar},
    {"st_length", FunctionClass::kScalar},
    {"st_linefromtext", FunctionClass::kScalar},
    {"st_longfromgeohash", FunctionClass::kScalar},
    {"st_longitude", FunctionClass::kScalar},
    {"st_makeenvelope", FunctionClass::kScalar},
    {"st_numgeometries", FunctionClass::kScalar},
    {"st_numinteriorrings", FunctionClass::kScalar},
    {"st_numpoints", FunctionClass::kScalar},
    {"st_overlaps", FunctionClass::kScalar},
    {"st_pointfromgeohash", FunctionClass::kScalar},
    {"st_pointfromtext", FunctionClass::kScalar},
    {"st_pointn", FunctionClass::kScalar},
    {"st_polyfromtext", FunctionClass::kScalar},
    {"st_simplify", FunctionClass::kScalar},
    {"st_srid", FunctionClass::kScalar},
    {"st_startpoint", FunctionClass::kScalar},
    {"st_swapxy", FunctionClass::kScalar},
    {"st_symdifference", FunctionClass::kScalar},
    {"st_touches", FunctionClass::kScalar},
    {"st_transform", FunctionClass::kScalar},
    {"st_union", FunctionClass::kScalar},
    {"st_validate", FunctionClass::kScalar},
    {"st_within", FunctionClass::kScalar},
    {"st_x", FunctionClass::kScalar},
    {"st_y", FunctionClass::kScalar},
    {"std", FunctionClass::kAggregate},
    {"stddev", FunctionClass::kAggregate},
    {"stddev_pop", FunctionClass::kAggregate},
    {"stddev_samp", FunctionClass::kAggregate},
    {"str_to_date", FunctionClass::kScalar},
    {"strcmp", FunctionClass::kScalar},
    {"strftime", FunctionClass::kScalar},
    {"string_agg", FunctionClass::kAggregate},
    {"subdate", FunctionClass::kScalar},
    {"substr", FunctionClass::kScalar},
    {"substrb", FunctionClass::kScalar},
    {"substring", FunctionClass::kScalar},
    {"substring_index", FunctionClass::kScalar},
    {"subtime", FunctionClass::kScalar},
    {"sum", FunctionClass::kSum},
    {"sys_guid", FunctionClass::kRandom},
    {"sysdate", FunctionClass::kTime},
    {"system_user", FunctionClass::kScalar},
    {"tan", FunctionClass::kScalar},
    {"tanh", FunctionClass::kScalar},
    {"time", FunctionClass::kScalar},
    {"time_format", FunctionClass::kScalar},
    {"time_to_sec", FunctionClass::kScalar},
    {"timediff", FunctionClass::kScalar},
    {"timestamp", FunctionClass::kScalar},
    {"timestampadd", FunctionClass::kScalar},
    {"timestampdiff", FunctionClass::kScalar},
    {"to_base64", FunctionClass::kScalar},
    {"to_char", FunctionClass::kScalar},
    {"to_days", FunctionClass::kScalar},
    {"to_seconds", FunctionClass::kScalar},
    {"total", FunctionClass::kAggregate},
    {"total_changes", FunctionClass::kConnection},
    {"trim", FunctionClass::kScalar},
    {"trim_oracle", FunctionClass::kScalar},
    {"trunc", FunctionClass::kScalar},
    {"truncate", FunctionClass::kScalar},
    {"typeof", FunctionClass::kScalar},
    {"ucase", FunctionClass::kScalar},
    {"uncompress", FunctionClass::kScalar},
    {"uncompressed_length", FunctionClass::kScalar},
    {"unhex", FunctionClass::kScalar},
    {"unicode", FunctionClass::kScalar},
    {"unistr", FunctionClass::kScalar},
    {"unistr_quote", FunctionClass::kScalar},
    {"unix_timestamp", FunctionClass::kTime},
    {"unixepoch", FunctionClass::kScalar},
    {"unlikely", FunctionClass::kScalar},
    {"upper", FunctionClass::kScalar},
    {"user", FunctionClass::kScalar},
    {"utc_date", FunctionClass::kTime},
    {"utc_time", FunctionClass::kTime},
    {"utc_timestamp", FunctionClass::kTime},
    {"uuid", FunctionClass::kRandom},
    {"uuid_short", FunctionClass::kRandom},
    {"uuid_to_bin", FunctionClass::kScalar},
    {"uuid_v4", FunctionClass::kRandom},
    {"uuid_v7", FunctionClass::kRandom},
    {"validate_password_strength", FunctionClass::kScalar},
    {"value", FunctionClass::kScalar},
    {"values", FunctionClass::kScalar},
    {"var_pop", FunctionClass::kAggregate},
    {"var_samp", FunctionClass::kAggregate},
    {"variance", FunctionClass::kAggregate},
    {"version", FunctionClass::kScalar},
    {"wait_for_executed_gtid_set", FunctionClass::kSideEffect},
    {"week", FunctionClass::kScalar},
    {"weekday", FunctionClass::kScalar},
    {"weekofyear", FunctionClass::kScalar},
    {"weight_string", FunctionClass::kScalar},
    {"year", FunctionClass::kScalar},
    {"yearweek", FunctionClass::kScalar},
    {"zeroblob", FunctionClass::kScalar},
};

constexpr std::size_t kLongest = 32;

FunctionClass common(std::string_view lower) {
  if (lower == "count") return FunctionClass::kCount;
  if (lower == "sum") return FunctionClass::kSum;
  if (lower == "avg") return FunctionClass::kAvg;
  return FunctionClass::kUnknown;
}

}  // namespace

FunctionClass classify_function(std::string_view name, std::size_t arguments, bool sqlite) {
  if (name.size() > kLongest || name.empty()) return FunctionClass::kUnknown;
  std::array<char, kLongest> buffer;
  for (std::size_t i = 0; i < name.size(); ++i) {
    buffer[i] = lower_ascii(name[i]);
  }
  const std::string_view lower(buffer.data(), name.size());
  if (const FunctionClass known = common(lower); known != FunctionClass::kUnknown) return known;
  const auto* found = std::lower_bound(
      std::begin(kFunctions), std::end(kFunctions), lower,
      [](const Entry& entry, std::string_view wanted) { return entry.name < wanted; });
  if (found == std::end(kFunctions) || found->name != lower) return FunctionClass::kUnknown;
  const bool extreme = found->what == FunctionClass::kMin || found->what == FunctionClass::kMax;
  if (sqlite && extreme && arguments > 1) return FunctionClass::kScalar;
  return found->what;
}

FunctionClass class_of(const sql::Statement& statement, sql::NodeId function) {
  const sql::NodeId name = statement.find(function, sql::NodeKind::kName);
  if (name == sql::kNoNode) return FunctionClass::kUnknown;
  std::size_t arguments = 0;
  for (const sql::NodeId child : statement.children(function)) arguments += child != name ? 1 : 0;
  return classify_function(statement.text(name), arguments,
                           statement.dialect() == Dialect::kSqlite);
}

namespace {

// Sorted.
constexpr auto kPerServer = std::to_array<std::string_view>(
    {"connection_id", "current_role", "current_user", "database", "schema", "session_user",
     "sqlite_source_id", "sqlite_version", "sys_guid", "sysdate", "system_user", "user",
     "uuid_short", "version"});
static_assert(std::is_sorted(kPerServer.begin(), kPerServer.end()));

constexpr auto kSqliteDates = std::to_array<std::string_view>(
    {"date", "datetime", "julianday", "strftime", "time", "timediff", "unixepoch"});

std::string lower_name(const sql::Statement& statement, sql::NodeId function) {
  const sql::NodeId name = statement.find(function, sql::NodeKind::kName);
  return name == sql::kNoNode ? std::string() : to_lower(statement.name(name));
}

}  // namespace

bool differs_by_server(std::string_view name) {
  return std::binary_search(kPerServer.begin(), kPerServer.end(), name);
}

bool reads_clock(const sql::Statement& statement, sql::NodeId function) {
  using sql::NodeKind;
  const bool sqlite = statement.dialect() == Dialect::kSqlite;
  if (class_of(statement, function) == FunctionClass::kTime) return true;
  const std::string name = lower_name(statement, function);
  if (!sqlite || !std::binary_search(kSqliteDates.begin(), kSqliteDates.end(), name)) return false;
  std::size_t arguments = 0;
  for (const sql::NodeId child : statement.children(function)) {
    if (statement.kind(child) == NodeKind::kName) continue;
    ++arguments;
    if (statement.kind(child) == NodeKind::kParameter) return true;
    if (statement.kind(child) != NodeKind::kLiteral) continue;
    if (to_lower(statement.text(child)).find("now") != std::string::npos) return true;
  }
  return arguments == (name == "strftime" ? 1u : 0u);
}

bool differs_by_server(const sql::Statement& statement, sql::NodeId function) {
  return differs_by_server(lower_name(statement, function));
}

bool names_database(const sql::Statement& statement, sql::NodeId function) {
  if (statement.dialect() == Dialect::kSqlite) return false;
  const sql::NodeId name = statement.find(function, sql::NodeKind::kName);
  return name != sql::kNoNode && statement.node(name).next == sql::kNoNode &&
         (statement.name_equals(name, "database") || statement.name_equals(name, "schema"));
}

std::string why_of_connection(std::string_view function) {
  const std::string name = to_lower(function);
  if (name.find("lock") != std::string::npos) {
    return "the lock of " + name + "() belongs to one connection, and statements go over several";
  }
  if (name.find("val") != std::string::npos) {
    return name + " asks a sequence, of which each data source has its own";
  }
  return name + "() answers for the last statement of one connection, which Pando does not keep";
}

std::string_view remedy_of_connection(std::string_view function) {
  const std::string name = to_lower(function);
  if (name.find("lock") != std::string::npos) {
    return "Lock a row: SELECT ... FOR UPDATE within a transaction.";
  }
  if (name.find("val") != std::string::npos) {
    return "Let a generator of [ids] fill the column; see `fill` in docs/configuration.md.";
  }
  return kConnectionRemedy;
}

}  // namespace pando::analyze
