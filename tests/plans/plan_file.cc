#include "plan_file.h"

#include <sstream>

namespace pando::plan {
namespace {

void trim_blank_lines(std::string& body) {
  while (body.size() >= 2 && body[body.size() - 1] == '\n' && body[body.size() - 2] == '\n') {
    body.pop_back();
  }
  if (body == "\n") body.clear();
}

}  // namespace

std::vector<PlanSection> parse_plan_file(const std::string& text) {
  std::vector<PlanSection> sections;
  std::istringstream in(text);
  std::string line;
  std::string comment;
  while (std::getline(in, line)) {
    if (line.rfind("--- ", 0) == 0) {
      PlanSection section;
      section.comment = std::move(comment);
      comment.clear();
      const std::string heading = line.substr(4);
      const std::size_t space = heading.find(' ');
      section.kind = heading.substr(0, space);
      if (space != std::string::npos) section.name = heading.substr(space + 1);
      sections.push_back(std::move(section));
      continue;
    }
    const bool in_rules = !sections.empty() && sections.back().kind == "rules";
    if (line.rfind("#", 0) == 0 && !in_rules) {
      comment += line + '\n';
      continue;
    }
    if (!sections.empty()) sections.back().body += line + '\n';
  }
  for (PlanSection& section : sections) trim_blank_lines(section.body);
  return sections;
}

std::string print_plan_file(const std::vector<PlanSection>& sections) {
  std::string out;
  for (const PlanSection& section : sections) {
    if (!out.empty() && section.kind != "plan") out += '\n';
    out += section.comment + "--- " + section.kind;
    if (!section.name.empty()) out += " " + section.name;
    out += '\n' + section.body;
  }
  return out;
}

}  // namespace pando::plan
