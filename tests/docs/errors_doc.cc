// Writes docs/errors.md from the catalogue in include/pando/error_codes.inc.
//
//   errors_doc > docs/errors.md          (docs/generate-errors does this)
//   errors_doc --check docs/errors.md    fails if the file is stale; a test runs this

#include <cctype>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

#include "pando/error.h"

namespace {

using pando::ErrorCategory;
using pando::ErrorInfo;

struct Category {
  std::string_view name;
  int exit_code;
  std::string_view says;
};

Category category_of(ErrorCategory category) {
  switch (category) {
    case ErrorCategory::kConfig:
      return {"configuration", 2, "the rules or the call are wrong; nothing was sent"};
    case ErrorCategory::kSyntax:
      return {"syntax", 2, "the statement is wrong; nothing was sent"};
    case ErrorCategory::kRefused:
      return {"refused", 5, "Pando could not answer exactly as one database would"};
    case ErrorCategory::kUnreachable:
      return {"unreachable", 4, "a data source could not be reached, or stopped answering"};
    case ErrorCategory::kDatabase:
      return {"database", 3, "a data source answered with an error, or some of them did"};
    case ErrorCategory::kLimit:
      return {"limit", 5, "a limit of the configuration was reached"};
    case ErrorCategory::kInternal:
      return {"internal", 3, "a file could not be used, or Pando has a bug"};
  }
  return {"", 0, ""};
}

// The blocks of the catalogue, by the first digit of the code.
std::string_view block_title(char digit) {
  switch (digit) {
    case '1':
      return "Configuration";
    case '2':
      return "SQL text";
    case '3':
      return "Refused by the planner";
    case '4':
      return "Data sources";
    case '5':
      return "The database's own errors, and faults between shards";
    case '6':
      return "Merging and converting";
    case '7':
      return "Key generators";
    case '8':
      return "Migration";
    default:
      return "Files and bugs";
  }
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

void write_intro(std::ostream& out) {
  out << "# Errors\n\n"
         "<!-- Generated from include/pando/error_codes.inc by docs/generate-errors. -->\n\n"
         "Every error has a code that never changes its meaning. `pando::Error::id()` returns it, "
         "the\ncommand prints it, and a program can rely on it. The SQLSTATE is the one given here "
         "unless the\ndatabase itself sent one.\n\n"
         "| Category | Exit code of `pando` | What it says |\n|---|---|---|\n";
  for (int i = 0; i <= static_cast<int>(ErrorCategory::kInternal); ++i) {
    const Category category = category_of(static_cast<ErrorCategory>(i));
    out << "| " << category.name << " | " << category.exit_code << " | " << category.says << " |\n";
  }
  out << "\nWhat a database itself raised exits with 3 also if its code is one of syntax or "
         "refused: a "
         "table or\ncolumn that it does not have, or syntax that it rejects.\n";
  out << "\nAn error also says whether the statement took effect (`outcome()`: not applied, "
         "applied, "
         "unknown,\npartial) and whether repeating it can help (`retryable()`).\n";
}

void write_entry(std::ostream& out, const ErrorInfo& info) {
  const Category category = category_of(info.category);
  out << "\n<a id=\"" << lower(info.id) << "\"></a>\n### " << info.id << " `" << info.name
      << "`\n\n"
      << info.meaning << "\n\n";
  if (!info.remedy.empty()) out << "**Remedy:** " << info.remedy << "\n\n";
  if (info.category == ErrorCategory::kRefused) {
    out << "[SQL support](sql-support.md#what-is-refused) shows statements.\n\n";
  }
  out << "SQLSTATE " << info.sqlstate << ", category " << category.name << ", exit code "
      << category.exit_code << ".\n";
}

std::string document() {
  std::ostringstream out;
  write_intro(out);
  char block = '\0';
  for (const ErrorInfo& info : pando::kErrorCatalogue) {
    if (info.id[1] != block) {
      block = info.id[1];
      out << "\n## " << block_title(block) << "\n";
    }
    write_entry(out, info);
  }
  return out.str();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string text = document();
  if (argc == 3 && std::string_view(argv[1]) == "--check") {
    std::ifstream file(argv[2], std::ios::binary);
    const std::string found{std::istreambuf_iterator<char>(file), {}};
    if (found == text) return 0;
    std::cerr << argv[2] << " is stale; run docs/generate-errors\n";
    return 1;
  }
  std::cout << text;
  return std::cout.flush() ? 0 : 1;
}
