#include "rules/config_text.h"

#include <algorithm>
#include <cstdlib>

#include "pando/names.h"

namespace pando::rules {
namespace {

std::optional<std::string> environment(const ConfigContext& context, const std::string& name) {
  if (context.options.environment) return context.options.environment(name);
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

class References {
 public:
  References(const ConfigContext& context, const Text& text, const Placeholders* placeholders)
      : context_(context), text_(text), in_(text.written), placeholders_(placeholders) {}

  Result<std::string> run() {
    while (at_ < in_.size()) {
      if (in_.substr(at_, 3) == "$${") {
        out_ += "${";
        at_ += 3;
      } else if (in_.substr(at_, 2) == "${") {
        PANDO_TRY(reference());
      } else if (in_[at_] == '{' && placeholders_ != nullptr) {
        PANDO_TRY(placeholder());
      } else {
        out_ += in_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  Result<void> reference() {
    const std::size_t close = in_.find('}', at_);
    if (close == std::string_view::npos) {
      return config_fail(ErrorCode::kConfigValue, "A reference ${ to the environment has no }.",
                         text_.span,
                         "Write ${NAME} or ${NAME:-default}; $${ stands for ${ itself.");
    }
    const std::string_view inside = in_.substr(at_ + 2, close - at_ - 2);
    const std::size_t colon = inside.find(":-");
    const std::string name(inside.substr(0, colon));
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_char)) {
      return config_fail(ErrorCode::kConfigValue,
                         "A reference ${...} to the environment holds no legal name.", text_.span,
                         "Write ${NAME} or ${NAME:-default}; $${ stands for ${ itself.");
    }
    if (auto value = environment(context_, name)) {
      out_ += *value;
    } else if (colon != std::string_view::npos) {
      out_ += inside.substr(colon + 2);
    } else {
      return config_fail(ErrorCode::kConfigEnvironment,
                         "The environment variable " + name + " is not set.",
                         text_.piece(at_, close + 1));
    }
    at_ = close + 1;
    return {};
  }

  Result<void> placeholder() {
    const std::size_t close = in_.find('}', at_);
    const std::string_view name =
        close == std::string_view::npos ? "" : in_.substr(at_ + 1, close - at_ - 1);
    for (const auto& [known, value] : *placeholders_) {
      if (known != name) continue;
      out_ += value;
      at_ = close + 1;
      return {};
    }
    std::string remedy = "The key of this database has no pattern such as [0..3].";
    if (!placeholders_->empty()) remedy = "Known here:";
    for (const auto& [known, value] : *placeholders_) remedy += " {" + known + "}";
    return config_fail(ErrorCode::kConfigValue, "A placeholder {...} of this string is not known.",
                       text_.span, remedy);
  }

  const ConfigContext& context_;
  const Text& text_;
  std::string_view in_;
  const Placeholders* placeholders_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

ErrorSpan Text::piece(std::size_t begin, std::size_t end) const {
  if (!exact) return span;
  const std::uint32_t start = span.begin + 1;
  return {start + static_cast<std::uint32_t>(begin), start + static_cast<std::uint32_t>(end)};
}

std::string Text::quoted(std::size_t begin, std::size_t end) const {
  if (from_environment()) return quoted();
  return "'" + value.substr(begin, end - begin) + "'";
}

Result<Text> read_text(const ConfigContext& context, const ConfigNode& node, std::string_view what,
                       const Placeholders* placeholders) {
  if (node.kind != ConfigNode::Kind::kString) {
    return config_fail(
        ErrorCode::kConfigValue,
        std::string(what) + " must be a string, not " + std::string(kind_name(node.kind)) + ".",
        node.span);
  }
  Text text;
  text.written = node.text;
  text.span = node.span;
  text.exact = context.text.substr(node.span.begin + 1, node.text.size()) == node.text &&
               node.span.end - node.span.begin == node.text.size() + 2;
  PANDO_ASSIGN(text.value, References(context, text, placeholders).run());
  text.exact = text.exact && !text.from_environment();
  return text;
}

bool is_identifier(std::string_view name) {
  const auto legal = [](char c) {
    return is_name_char(c) || c == '$' || static_cast<unsigned char>(c) >= 0x80;
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), legal) &&
         !std::all_of(name.begin(), name.end(), is_digit) &&
         count_characters(name) <= kMaxIdentifier;
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace pando::rules
