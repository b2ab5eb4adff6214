#include "rules/config.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include "pando/error_format.h"
#include "rules/config_sections.h"

namespace pando::rules {
namespace {

constexpr std::size_t kMaxConfigBytes = 64u << 20;

// Errors: errno. A folder can be opened, and fails at the first read.
tl::expected<std::string, int> read_file(const std::string& path) {
  const auto failed = [] { return tl::unexpected(errno != 0 ? errno : EIO); };
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return failed();
  std::string text;
  std::string chunk(64u << 10, '\0');
  while (in && text.size() <= kMaxConfigBytes) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    text.append(chunk, 0, static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return failed();
  return text;
}

// "shop.toml:7:12: message" with the line and a caret, without secrets. The span is dropped:
// whoever prints the error has not got the text.
Error render(const std::string& path, std::string_view text, Error error) {
  const ErrorSpan span = error.span();
  std::string message = path + ": " + error.message();
  if (span.begin != 0 || span.end != 0) {
    const std::string_view before = text.substr(0, span.begin);
    const std::size_t line =
        static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t line_begin = line == 0 ? 0 : before.rfind('\n') + 1;
    const std::size_t column = count_characters(before.substr(line_begin));
    Error placed = Error(error.code(), path + ":" + std::to_string(line + 1) + ":" +
                                           std::to_string(column + 1) + ": " + error.message())
                       .with_span(span.begin, span.end)
                       .with_remedy("");
    const std::size_t code = error.id().size() + 2;  // "P1003: " is printed by whoever prints.
    message = format_error(placed, mask_secrets(text)).substr(code);
  }
  return std::move(error).with_message(std::move(message)).with_span(0, 0);
}

}  // namespace

Result<RuleSetPtr> parse_config(std::string_view text, const ConfigOptions& options) {
  if (text.size() > kMaxConfigBytes) {
    return fail(ErrorCode::kConfigFile, "The configuration is longer than 64 MiB.");
  }
  PANDO_ASSIGN(const ConfigNode tree, parse_tree(text));
  const ConfigContext context{.text = text, .options = options};
  const ConfigTable root(context, tree, "", {});
  ConfigState state{.context = context, .builder = {}, .endpoint_defaults = {}, .sources = {}};
  PANDO_TRY(read_top(state, root));
  PANDO_TRY(read_endpoint_defaults(state, root));
  PANDO_TRY(read_databases(state, root));
  PANDO_TRY(read_server(state, root));
  PANDO_TRY(read_settings(state, root));
  PANDO_TRY(read_ids(state, root));
  PANDO_TRY(read_tables(state, root));
  PANDO_TRY(check_segments(state, root));
  return state.builder.build();
}

Result<RuleSetPtr> load_config(const std::string& path, const ConfigOptions& options) {
  const auto text = read_file(path);
  if (!text) {
    std::string why = std::strerror(text.error());
    why[0] = lower_ascii(why[0]);
    return fail(ErrorCode::kConfigFile,
                "The configuration file '" + path + "' cannot be read: " + why + ".");
  }
  auto rules = parse_config(*text, options);
  if (rules) return rules;
  return fail(render(path, *text, std::move(rules).error()));
}

}  // namespace pando::rules
