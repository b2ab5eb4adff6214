#include "rules/config.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "rules/config_sections.h"
#include "rules/secrets.h"

namespace pando::rules {
namespace {

constexpr std::size_t kMaxConfigBytes = 64u << 20;

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
  return state.builder.build();
}

Result<RuleSetPtr> load_config(const std::string& path, ConfigOptions options) {
  std::ifstream in(path, std::ios::binary);
  std::string text;
  if (in) text.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  if (!in || in.bad()) {
    return fail(ErrorCode::kConfigFile, "The configuration file '" + path + "' cannot be read.");
  }
  return parse_config(text, options);
}

}  // namespace pando::rules
