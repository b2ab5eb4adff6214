#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "pando/names.h"
#include "rules/config_sections.h"

namespace pando::rules {
namespace {

constexpr std::size_t kMaxDataSources = 65536;
constexpr std::size_t kMaxPasswordFile = 4096;

bool is_database_name(std::string_view name) {
  return !name.empty() && count_characters(name) <= kMaxIdentifier &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_name_char(c) || c == '-' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
         });
}

Result<std::string> read_password_file(const ConfigTable& table, const Text& path) {
  const std::filesystem::path file =
      std::filesystem::path(table.context().options.directory) / path.value;
  std::ifstream in(file, std::ios::binary);
  std::string password(kMaxPasswordFile + 1, '\0');
  in.read(password.data(), static_cast<std::streamsize>(password.size()));
  if (!in && !in.eof()) {
    return config_fail(ErrorCode::kConfigFile,
                       table.path("password_file") + " cannot be read: " + path.quoted() + ".",
                       path.span,
                       "Name a readable file; a relative path starts at the folder of the "
                       "configuration.");
  }
  password.resize(static_cast<std::size_t>(in.gcount()));
  while (!password.empty() && (password.back() == '\n' || password.back() == '\r')) {
    password.pop_back();
  }
  if (password.size() > kMaxPasswordFile || password.find('\0') != std::string::npos) {
    return config_fail(
        ErrorCode::kConfigFile,
        table.path("password_file") + " does not hold a password: " + path.quoted() + ".",
        path.span, "The file must hold the password alone.");
  }
  return password;
}

// `{n}` is the first piece of the key that is not literal; `{n1}`, `{n2}` ... count them.
Placeholders placeholders_of(const Pattern& pattern, std::size_t i) {
  Placeholders placeholders;
  const std::vector<std::string> values = pattern.values(i);
  if (!values.empty()) placeholders.emplace_back("n", values[0]);
  for (std::size_t v = 0; v < values.size(); ++v) {
    placeholders.emplace_back("n" + std::to_string(v + 1), values[v]);
  }
  return placeholders;
}

Result<Endpoint> read_endpoint(const ConfigTable& table, const Text& url,
                               const EndpointDefaults& defaults) {
  auto endpoint = parse_endpoint(url.value, defaults);
  if (!endpoint) {
    return config_fail(ErrorCode::kConfigValue, "`" + table.name() + "`: " + endpoint.error(),
                       url.span,
                       "Write mysql://user@host:3306/schema or sqlite:path; in user and password, "
                       "percent-encode :/?#@% or use the word `password`.");
  }
  return std::move(*endpoint);
}

Result<DataSource> read_database(const ConfigTable& table, std::string name,
                                 const Placeholders& placeholders, EndpointDefaults defaults) {
  PANDO_TRY(read_login(table, &placeholders, defaults));
  DataSource source{.name = std::move(name), .write = {}, .read = {}};
  PANDO_ASSIGN(const auto write, table.text("write", &placeholders));
  if (!write) {
    return config_fail(ErrorCode::kConfigMissing, "`" + table.name() + "` has no `write`.",
                       table.key_span(), "Add write = \"mysql://...\" or write = \"sqlite:...\".");
  }
  PANDO_ASSIGN(source.write, read_endpoint(table, *write, defaults));
  PANDO_ASSIGN(const auto read, table.texts("read", &placeholders));
  for (const Text& url : read) {
    PANDO_ASSIGN(Endpoint endpoint, read_endpoint(table, url, defaults));
    if (endpoint.dialect != source.write.dialect) {
      return config_fail(ErrorCode::kConfigValue,
                         "`" + table.name() + "`: `read` and `write` are of different kinds.",
                         url.span, "Use either mysql: or sqlite: URLs throughout.");
    }
    source.read.push_back(std::move(endpoint));
  }
  return source;
}

// Two names for one database would write broadcast rows twice.
std::string place_of(const Endpoint& e) {
  if (e.dialect == Dialect::kSqlite) return "sqlite:" + e.path;
  const std::string host =
      e.socket.empty() ? to_lower(e.host) + ":" + std::to_string(e.port) : "socket:" + e.socket;
  return "mysql:" + host + "/" + e.database;
}

class DatabaseReader {
 public:
  explicit DatabaseReader(ConfigState& state) : state_(state) {}

  Result<void> read(const ConfigTable& databases, const ConfigEntry& entry) {
    const ConfigTable table(databases.context(), entry.value, "databases." + entry.key,
                            entry.key_span);
    PANDO_TRY(table.check_words("databases.*"));
    const auto pattern = parse_pattern(entry.key);
    if (!pattern || pattern->time_piece() != nullptr) {
      return config_fail(ErrorCode::kConfigValue,
                         "The database name '" + entry.key + "' is no pattern: " +
                             (pattern ? "It holds a time." : pattern.error().message),
                         entry.key_span, "Write a name such as shop or \"shop[0..3]\".");
    }
    if (state_.builder.data_sources().size() + pattern->count() > kMaxDataSources) {
      return config_fail(ErrorCode::kConfigValue, "There are more than 65536 databases.",
                         entry.key_span);
    }
    for (std::size_t i = 0; i < pattern->count(); ++i) {
      PANDO_ASSIGN(DataSource source,
                   read_database(table, pattern->name(i), placeholders_of(*pattern, i),
                                 state_.endpoint_defaults));
      PANDO_TRY(add(std::move(source), entry));
    }
    return {};
  }

 private:
  Result<void> add(DataSource source, const ConfigEntry& entry) {
    auto& sources = state_.builder.data_sources();
    const std::string name = source.name;
    if (!is_database_name(name)) {
      return config_fail(ErrorCode::kConfigValue, "'" + name + "' is no legal database name.",
                         entry.key_span, "Use letters, digits, _, - and $; at most 64 characters.");
    }
    if (!state_.sources.emplace(name, static_cast<DataSourceIndex>(sources.size())).second) {
      return config_fail(ErrorCode::kConfigValue, "The database '" + name + "' is there twice.",
                         entry.key_span, "Give each database one name.");
    }
    const auto [other, fresh] = by_place_.emplace(place_of(source.write), name);
    if (!fresh) {
      return config_fail(ErrorCode::kConfigValue,
                         "'" + other->second + "' and '" + name + "' are the same database.",
                         entry.key_span,
                         "Give each database one name; {n} in the URL stands for "
                         "the number of the pattern.");
    }
    if (!sources.empty() && source.write.dialect != sources.front().write.dialect) {
      return config_fail(
          ErrorCode::kConfigValue,
          "'" + sources.front().name + "' and '" + name + "' are databases of different kinds.",
          entry.key_span, "Use either mysql: or sqlite: URLs throughout.");
    }
    sources.push_back(std::move(source));
    return {};
  }

  ConfigState& state_;
  std::map<std::string, std::string> by_place_;
};

}  // namespace

std::optional<DataSourceIndex> ConfigState::source(const std::string& name) const {
  const auto found = sources.find(name);
  if (found == sources.end()) return std::nullopt;
  return found->second;
}

std::string ConfigState::suggest_source(std::string_view name) const {
  std::vector<std::string_view> names;
  for (const auto& [known, unused] : sources) names.push_back(known);
  std::sort(names.begin(), names.end());
  constexpr std::size_t kMaxListed = 12;
  // Of numbered names the nearest is any of them: say which there are.
  const auto stem = [](std::string_view text) {
    return text.substr(0, text.find_last_not_of("0123456789") + 1);
  };
  std::vector<std::string_view> numbered;
  for (const std::string_view known : names) {
    if (stem(known).size() < known.size() && stem(known) == stem(name)) numbered.push_back(known);
  }
  if (!numbered.empty() && stem(name).size() < name.size()) {
    const auto shorter = [](std::string_view a, std::string_view b) {
      return a.size() != b.size() ? a.size() < b.size() : a < b;
    };
    std::sort(numbered.begin(), numbered.end(), shorter);
    std::string list = "[databases] has ";
    if (numbered.size() > kMaxListed) {
      return list + std::to_string(numbered.size()) + " of that name, from " +
             std::string(numbered.front()) + " to " + std::string(numbered.back()) + ".";
    }
    for (const std::string_view known : numbered) {
      if (known != numbered.front()) list += known == numbered.back() ? " and " : ", ";
      list += known;
    }
    return list + ".";
  }
  std::string answer = did_you_mean(name, names);
  if (answer.starts_with("Known") && names.size() > kMaxListed) {
    return "Add it to [databases], or use one of the names there.";
  }
  return answer;
}

Result<void> read_login(const ConfigTable& table, const Placeholders* placeholders,
                        EndpointDefaults& defaults) {
  PANDO_ASSIGN(auto user, table.text("user", placeholders));
  if (user) defaults.user = std::move(user->value);
  PANDO_ASSIGN(auto password, table.text("password"));  // It may hold braces of its own.
  PANDO_ASSIGN(const auto file, table.text("password_file", placeholders));
  if (password && file) {
    return config_fail(ErrorCode::kConfigValue,
                       "`" + table.name() + "` has both `password` and `password_file`.",
                       table.find("password_file")->key_span, "Remove one of them.");
  }
  if (password) defaults.password = std::move(password->value);
  if (file) {
    PANDO_ASSIGN(defaults.password, read_password_file(table, *file));
  }
  PANDO_ASSIGN(const auto tls, table.choice("tls", kTlsNames));
  if (tls) defaults.tls = static_cast<Endpoint::Tls>(*tls);
  PANDO_ASSIGN(auto ca, table.text("tls_ca", placeholders));
  if (ca) defaults.tls_ca = std::move(ca->value);
  PANDO_ASSIGN(auto cert, table.text("tls_cert", placeholders));
  if (cert) defaults.tls_cert = std::move(cert->value);
  PANDO_ASSIGN(auto key, table.text("tls_key", placeholders));
  if (key) defaults.tls_key = std::move(key->value);
  return {};
}

Result<void> read_databases(ConfigState& state, const ConfigTable& root) {
  const ConfigEntry* entry = root.find("databases");
  if (entry == nullptr || entry->value.entries.empty()) {
    return config_fail(ErrorCode::kConfigMissing, "The configuration names no databases.",
                       entry == nullptr ? ErrorSpan{} : entry->key_span,
                       "Add [databases.main] with write = \"mysql://...\" or \"sqlite:...\".");
  }
  const ConfigTable databases(root.context(), entry->value, "databases", entry->key_span);
  DatabaseReader reader(state);
  for (const ConfigEntry& database : databases.entries()) {
    PANDO_TRY(reader.read(databases, database));
  }
  return {};
}

}  // namespace pando::rules
