#include "rules/endpoint.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <optional>
#include <utility>

namespace pando::rules {
namespace {

tl::unexpected<std::string> wrong(std::string_view message) {
  return tl::unexpected<std::string>(std::string(message));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// nullopt: a % without two digits, or %00.
std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

constexpr std::string_view kBadPercent = "The URL holds a % that is not followed by two digits.";

using Parameters = std::vector<std::pair<std::string, std::string>>;

tl::expected<Parameters, std::string> parse_parameters(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return wrong("A parameter of the URL has no value.");
    const auto value = percent_decode(pair.substr(equals + 1));
    if (!value) return wrong(kBadPercent);
    const std::string name(pair.substr(0, equals));
    for (const auto& [known, unused] : parameters) {
      if (known == name) return wrong("A parameter of the URL is there twice.");
    }
    parameters.emplace_back(name, *value);
  }
  return parameters;
}

// host, host:port, [v6], [v6]:port
tl::expected<void, std::string> parse_host(std::string_view text, Endpoint& endpoint) {
  std::string_view port;
  bool has_port = false;
  if (text.substr(0, 1) == "[") {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return wrong("A [ in the URL's host has no ].");
    endpoint.host = text.substr(1, close - 1);
    if (endpoint.host.find_first_not_of("0123456789abcdefABCDEF:.%") != std::string::npos) {
      return wrong("The brackets in the URL hold no IPv6 address.");
    }
    port = text.substr(close + 1);
    has_port = !port.empty();
    if (has_port && port.front() != ':') return wrong("Text follows the URL's host.");
    if (has_port) port.remove_prefix(1);
  } else {
    const std::size_t colon = text.find(':');
    const auto host = percent_decode(text.substr(0, colon));
    if (!host) return wrong(kBadPercent);
    endpoint.host = *host;
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
  }
  if (!has_port) return {};
  const char* end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, endpoint.port);
  if (error != std::errc() || stop != end || endpoint.port == 0) {
    return wrong("The port of the URL must be a number from 1 to 65535.");
  }
  return {};
}

tl::expected<void, std::string> set_parameters(const Parameters& parameters, Endpoint& endpoint) {
  for (const auto& [name, value] : parameters) {
    if (name == "tls") {
      const auto* known = std::find(std::begin(kTlsNames), std::end(kTlsNames), value);
      if (known == std::end(kTlsNames)) {
        return wrong("`tls` in the URL must be off, preferred, required or verify.");
      }
      endpoint.tls = static_cast<Endpoint::Tls>(known - std::begin(kTlsNames));
    } else if (name == "socket") {
      endpoint.socket = value;
    } else if (name == "ca") {
      endpoint.tls_ca = value;
    } else if (name == "cert") {
      endpoint.tls_cert = value;
    } else if (name == "key") {
      endpoint.tls_key = value;
    } else {
      return wrong("The URL has an unknown parameter; known are socket, tls, ca, cert and key.");
    }
  }
  return {};
}

tl::expected<Endpoint, std::string> parse_mysql(std::string_view rest,
                                                const EndpointDefaults& defaults) {
  Endpoint endpoint;
  endpoint.user = defaults.user;
  endpoint.password = defaults.password;
  endpoint.tls = defaults.tls;
  endpoint.tls_ca = defaults.tls_ca;
  endpoint.tls_cert = defaults.tls_cert;
  endpoint.tls_key = defaults.tls_key;
  if (rest.find('#') != std::string_view::npos) {
    return wrong("The URL holds a #; write it as %23.");
  }
  const std::size_t question = std::min(rest.find('?'), rest.size());
  auto parameters = parse_parameters(rest.substr(std::min(question + 1, rest.size())));
  if (!parameters) return tl::unexpected<std::string>(std::move(parameters).error());
  rest = rest.substr(0, question);
  const std::size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  const std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
  if (path.find('@') != std::string_view::npos) {
    return wrong("A / stands before the @ of the URL; write it as %2F in user and password.");
  }
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    const std::string_view user_info = authority.substr(0, at);
    const std::size_t colon = user_info.find(':');
    const auto user = percent_decode(user_info.substr(0, colon));
    if (!user) return wrong(kBadPercent);
    endpoint.user = *user;
    if (colon != std::string_view::npos) {
      const auto password = percent_decode(user_info.substr(colon + 1));
      if (!password) return wrong(kBadPercent);
      endpoint.password = *password;
    }
  }
  const std::string_view host = at == std::string_view::npos ? authority : authority.substr(at + 1);
  if (auto done = parse_host(host, endpoint); !done) {
    return tl::unexpected<std::string>(std::move(done).error());
  }
  if (auto done = set_parameters(*parameters, endpoint); !done) {
    return tl::unexpected<std::string>(std::move(done).error());
  }
  if (endpoint.host.empty() && endpoint.socket.empty()) return wrong("The URL names no host.");
  const auto schema = percent_decode(path);
  if (!schema) return wrong(kBadPercent);
  if (schema->empty()) return wrong("The URL names no schema after the host.");
  if (schema->find('/') != std::string::npos) return wrong("The URL has more than one schema.");
  endpoint.database = *schema;
  return endpoint;
}

tl::expected<Endpoint, std::string> parse_sqlite(std::string_view rest,
                                                 const EndpointDefaults& defaults) {
  Endpoint endpoint;
  endpoint.dialect = Dialect::kSqlite;
  endpoint.port = 0;
  const std::size_t question = std::min(rest.find('?'), rest.size());
  auto parameters = parse_parameters(rest.substr(std::min(question + 1, rest.size())));
  if (!parameters) return tl::unexpected<std::string>(std::move(parameters).error());
  for (const auto& [name, value] : *parameters) {
    if (name != "mode" || (value != "ro" && value != "rw")) {
      return wrong("The only parameter of a sqlite: URL is mode=ro or mode=rw.");
    }
    endpoint.read_only = value == "ro";
  }
  const auto path = percent_decode(rest.substr(0, question));
  if (!path) return wrong(kBadPercent);
  if (path->empty()) return wrong("The sqlite: URL names no file.");
  if (*path == ":memory:") {
    return wrong("A database in memory would be another one for each connection; name a file.");
  }
  if (path->substr(0, 2) == "//" && path->substr(0, 3) != "///") {
    return wrong(
        "After sqlite: comes a path, not a host; write sqlite:dir/file or sqlite:/dir/file.");
  }
  const std::filesystem::path file = std::filesystem::path(defaults.directory) / *path;
  endpoint.path = file.lexically_normal().string();
  if (endpoint.path.empty() || endpoint.path.back() == '/') {
    return wrong("The sqlite: URL names a folder, not a file.");
  }
  return endpoint;
}

}  // namespace

tl::expected<Endpoint, std::string> parse_endpoint(std::string_view url,
                                                   const EndpointDefaults& defaults) {
  if (url.find('\0') != std::string_view::npos) return wrong("The URL holds a NUL byte.");
  constexpr std::string_view kMySqlScheme = "mysql://";
  constexpr std::string_view kSqliteScheme = "sqlite:";
  if (url.substr(0, kMySqlScheme.size()) == kMySqlScheme) {
    return parse_mysql(url.substr(kMySqlScheme.size()), defaults);
  }
  if (url.substr(0, kSqliteScheme.size()) == kSqliteScheme) {
    return parse_sqlite(url.substr(kSqliteScheme.size()), defaults);
  }
  return wrong("The URL must begin with mysql:// (MariaDB too) or sqlite:.");
}

std::string Endpoint::display() const {
  if (dialect == Dialect::kSqlite) return "sqlite:" + path + (read_only ? "?mode=ro" : "");
  std::string text = "mysql://";
  if (!user.empty()) text += user + "@";
  text += host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (!host.empty()) text += ":" + std::to_string(port);
  text += "/" + database;
  if (!socket.empty()) text += "?socket=" + socket;
  return text;
}

}  // namespace pando::rules
