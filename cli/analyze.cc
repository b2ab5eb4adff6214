// pando analyze: what would happen to the statements of a file or a slow-query log?

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/analysis.h"
#include "cli/arguments.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/slow_log.h"
#include "cli/table.h"
#include "cli/text.h"
#include "router/core.h"
#include "router/inside.h"
#include "router/sql/splitter.h"

namespace pando::cli {

namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;

struct AnalyzeOptions {
  std::string format = "table";
  std::string file;
  std::size_t top = 20;
  bool offline = false;
};

// Feeds what is in the file to the analysis, whichever of the two kinds it is.
class Reader {
 public:
  Reader(Analysis& analysis, const sql::ParseOptions& options, Progress& progress)
      : analysis_(analysis), options_(options), script_(options), progress_(progress) {}

  Result<void> read(const std::string& path) {
    const int descriptor = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor == -1) {
      return fail(ErrorCode::kIo, "cannot open " + path + ": " + std::strerror(errno));
    }
    auto done = read_all(descriptor, path);
    if (descriptor != STDIN_FILENO) ::close(descriptor);
    return done;
  }

 private:
  Result<void> read_all(int descriptor, const std::string& path) {
    std::string block;
    while (true) {
      block.resize(kBlockBytes);
      const ssize_t n = ::read(descriptor, block.data(), block.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail(ErrorCode::kIo, "cannot read " + path + ": " + std::strerror(errno));
      if (n == 0) break;
      block.resize(static_cast<std::size_t>(n));
      if (first_) {
        block = std::string(without_byte_order_mark(block));
        is_log_ = looks_like_slow_log(block);
      }
      first_ = false;
      is_log_ ? feed_log(block) : feed_script(block);
      if (error_) return fail(*error_);
      progress_.update([&] { return grouped(analysis_.total()) + " statements"; });
    }
    finish();
    if (error_) return fail(*error_);
    return {};
  }

  void feed_script(std::string_view block) {
    script_.feed(block);
    drain(script_, 1, 0);
  }

  void feed_log(std::string_view block) {
    rest_ += block;
    std::size_t begin = 0;
    while (true) {
      const std::size_t end = rest_.find('\n', begin);
      if (end == std::string::npos) break;
      add(log_.feed(std::string_view(rest_).substr(begin, end - begin)));
      begin = end + 1;
    }
    rest_.erase(0, begin);
  }

  void finish() {
    if (!is_log_) {
      script_.finish();
      drain(script_, 1, 0);
      return;
    }
    if (!rest_.empty()) add(log_.feed(rest_));
    add(log_.finish());
  }

  void add(const std::optional<LoggedStatement>& entry) {
    if (!entry) return;
    sql::Splitter splitter(options_);  // Cuts the `;` and comments that stand alone.
    splitter.feed(entry->sql);
    splitter.finish();
    drain(splitter, entry->line, entry->seconds);
  }

  void drain(sql::Splitter& splitter, std::size_t first_line, double seconds) {
    while (const auto piece = splitter.next()) {
      analysis_.add(piece->text, first_line + piece->line - 1, seconds);
    }
    if (splitter.error()) error_ = splitter.error();
  }

  Analysis& analysis_;
  const sql::ParseOptions& options_;
  sql::Splitter script_;
  SlowLog log_;
  Progress& progress_;
  std::string rest_;
  std::optional<Error> error_;
  bool first_ = true;
  bool is_log_ = false;
};

std::string share(std::uint64_t part, std::uint64_t total) {
  std::array<char, 16> buffer{};
  const double percent =
      total == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(total);
  std::snprintf(buffer.data(), buffer.size(), "%.1f %%", percent);
  return buffer.data();
}

// Shapes may be long; a table wants one line.
std::string one_line(const std::string& shape) {
  constexpr std::size_t kWidth = 100;
  std::string text = printable(shape);
  if (text.size() > kWidth) {
    std::size_t end = kWidth;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text = text.substr(0, end) + " ...";
  }
  return text;
}

void print_shapes(const std::vector<const ShapeCount*>& shapes, std::size_t top, Output& out) {
  Table table({{"count", true}, {"level"}, {"shards", true}, {"code"}, {"line", true}, {"shape"}});
  for (const ShapeCount* entry : shapes) {
    if (table.rows() == top) break;
    table.add({grouped(entry->count), entry->level,
               entry->most_shards == 0 ? "" : std::to_string(entry->most_shards), entry->code,
               entry->line == 0 ? "" : std::to_string(entry->line), one_line(entry->shape)});
  }
  table.print(out);
  if (shapes.size() > top) {
    out.line(" and " + grouped(shapes.size() - top) + " more shapes; see --top");
  }
}

void print_report(const Analysis& analysis, std::size_t top, Output& out) {
  print_shapes(analysis.by_count(), top, out);
  const auto scattered = analysis.by_scatter();
  if (!scattered.empty()) {
    out.line("");
    out.line("Most queries sent to shards (count times shards):");
    print_shapes(scattered, std::min<std::size_t>(top, 5), out);
  }
  out.line("");
  const std::uint64_t total = analysis.total();
  out.line(counted(total, "statement"));
  for (const char* level : {"single", "scatter", "compute", "refused", "invalid"}) {
    const std::uint64_t count = analysis.count_of(level);
    if (count == 0) continue;
    out.line("  " + std::string(level) + std::string(9 - std::strlen(level), ' ') + grouped(count) +
             "  (" + share(count, total) + ")");
  }
}

std::string shape_json(const ShapeCount& entry) {
  std::string json = R"({"count": )" + std::to_string(entry.count) + R"(, "level": )";
  append_json_text(json, entry.level);
  json += R"(, "shards": )" + std::to_string(entry.most_shards) + R"(, "data_sources": )" +
          std::to_string(entry.most_sources) + R"(, "code": )";
  if (entry.code.empty()) {
    json += "null";
  } else {
    append_json_text(json, entry.code);
  }
  json += R"(, "message": )";
  if (entry.message.empty()) {
    json += "null";
  } else {
    append_json_text(json, entry.message);
  }
  json += R"(, "seconds": )" + shortest(entry.seconds, false) + R"(, "line": )" +
          std::to_string(entry.line) + R"(, "shape": )";
  append_json_text(json, entry.shape);
  return json + "}";
}

void print_json(const Analysis& analysis, std::size_t top, Output& out) {
  std::string json = R"({"statements": )" + std::to_string(analysis.total());
  for (const char* level : {"single", "scatter", "compute", "refused", "invalid"}) {
    json += std::string(", \"") + level + "\": " + std::to_string(analysis.count_of(level));
  }
  json += R"(, "shapes": [)";
  std::size_t shown = 0;
  for (const ShapeCount* entry : analysis.by_count()) {
    if (shown == top) break;
    json += (shown++ == 0 ? "\n  " : ",\n  ") + shape_json(*entry);
  }
  out.line(json + (shown == 0 ? "]}" : "\n]}"));
}

// Columns make planning sharper (is `a` in `SELECT *` a number?), but are not worth waiting for a
// data source that does not answer: the first failure ends the reading.
void read_schemas(router::Core& core, Output& err) {
  for (const rules::LogicalTable& table : core.rules().tables()) {
    const auto loaded = core.schemas().load(table.name, core.pooled());
    if (loaded || loaded.error().category() != ErrorCategory::kUnreachable) continue;
    warn(err, "the columns of the tables are not known, so some answers are less exact: " +
                  loaded.error().message());
    return;
  }
}

int run_analyze(Environment& environment, const AnalyzeOptions& options) {
  int code = kExitOk;
  auto database = open_database(environment, code);
  if (!database) return code;
  router::Core& core = router::Inside::core(*database);
  if (!options.offline) read_schemas(core, environment.err);
  const auto schema = core.schemas().snapshot();
  plan::PlanContext context;
  context.rules = &core.rules();
  // Planning with some columns asks for those of every table; without any it does what it can.
  if (!schema->tables().empty()) context.schema = schema.get();
  Analysis analysis(core.parse_options(), context);
  Progress progress(environment.err);
  Reader reader(analysis, core.parse_options(), progress);
  auto done = reader.read(options.file);
  progress.clear();
  if (!done) {
    report(environment.err, done.error());
    return exit_code(done.error());
  }
  if (options.format == "json") {
    print_json(analysis, options.top, environment.out);
  } else {
    print_report(analysis, options.top, environment.out);
  }
  return kExitOk;
}

Action configure_analyze(Arguments& arguments) {
  auto options = std::make_shared<AnalyzeOptions>();
  arguments.option("-f,--file", "FILE", options->file,
                   "SQL text, or a slow-query log of MySQL or MariaDB; - is stdin");
  arguments.choice("--format", options->format, {"table", "json"},
                   "For people or for programs (default: table)");
  arguments.number("--top", "N", options->top, "How many shapes to list (default: 20)");
  arguments.flag("--offline", options->offline, "Do not read the columns of the tables");
  return [options](Environment& environment) {
    if (!options->file.empty()) return run_analyze(environment, *options);
    usage(environment.err, "give the file to analyze with -f FILE (- is stdin)");
    return kExitUsage;
  };
}

}  // namespace

const Command kAnalyzeCommand = {
    "analyze", "Say what would become of the statements of a file or slow-query log",
    R"(Executes nothing. Statements that differ only in their values are one shape; for each shape:
how often it comes, its level (single, scatter, compute, refused, invalid), how many shards
it needs at most, and the code if it is refused (docs/errors.md). P3002 beside another level
says that the database will refuse it: no table of it has a column that it names.

Examples:
  pando analyze -f queries.sql
  pando analyze -f /var/lib/mysql/slow.log --top 50
  pando analyze -f queries.sql --format json)",
    configure_analyze};

}  // namespace pando::cli
