// pando explain: what Pando would do with a statement.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/config.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/parameters.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/table.h"
#include "cli/text.h"
#include "pando/database.h"
#include "router/core.h"
#include "router/inside.h"

namespace pando::cli {

namespace {

using Json = nlohmann::ordered_json;

struct ExplainOptions {
  bool analyze = false;
  std::string format = "tree";
  std::vector<std::string> parameters;
  std::string sql;
};

// Which queries a stream of rows was for: "shop0 shard 3", "shop1 shards 4, 5".
std::string stream_text(const router::Core& core, const plan::Plan& plan,
                        const execute::ReadCost& cost) {
  const plan::PhysicalQuery& first = plan.queries[cost.queries.front()];
  std::string text = core.rules().data_source_name(first.data_source);
  bool any = false;
  for (const std::size_t index : cost.queries) {
    const auto& shard = plan.queries[index].shard;
    if (!shard) continue;
    text += any ? ", " : cost.queries.size() > 1 ? " shards " : " shard ";
    text += std::to_string(*shard);
    any = true;
  }
  return text;
}

std::string time_text(std::chrono::microseconds time) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.2f ms", static_cast<double>(time.count()) / 1000);
  return buffer.data();
}

void print_measured(const router::Core& core, const router::Measured& measured, Output& out) {
  out.line("");
  out.line("ran in " + time_text(measured.time) + ": " + counted(measured.rows, "row"));
  if (!measured.pieces.empty()) {
    Table table({{"piece"},
                 {"queries", true},
                 {"rows", true},
                 {"bytes", true},
                 {"time", true},
                 {"narrowed"}});
    for (const compute::PieceCost& cost : measured.pieces) {
      table.add({printable(cost.label), grouped(cost.queries), grouped(cost.rows),
                 bytes_text(cost.bytes), time_text(cost.time),
                 cost.narrowed ? "by the keys of another" : ""});
    }
    table.print(out);
  }
  if (!measured.reads.empty()) {
    Table table({{"from"}, {"rows", true}, {"bytes", true}, {"time", true}});
    for (const execute::ReadCost& cost : measured.reads) {
      table.add({stream_text(core, *measured.plan, cost), grouped(cost.rows),
                 bytes_text(cost.bytes), time_text(cost.time)});
    }
    table.print(out);
  }
}

template <typename Cost>
void add_numbers(Json& json, const Cost& cost) {
  json["rows"] = cost.rows;
  json["bytes"] = cost.bytes;
  json["microseconds"] = cost.time.count();
}

Json measured_json(const router::Core& core, const router::Measured& measured) {
  Json json = {{"rows", measured.rows}, {"microseconds", measured.time.count()}};
  for (const compute::PieceCost& cost : measured.pieces) {
    Json piece = {{"of", cost.label}, {"sql", cost.sql}, {"queries", cost.queries}};
    add_numbers(piece, cost);
    json["pieces"].push_back(std::move(piece));
  }
  for (const execute::ReadCost& cost : measured.reads) {
    const plan::PhysicalQuery& first = measured.plan->queries[cost.queries.front()];
    Json read = {{"data_source", core.rules().data_source_name(first.data_source)},
                 {"units", cost.queries}};
    add_numbers(read, cost);
    json["reads"].push_back(std::move(read));
  }
  return json;
}

int run_analyzed(Environment& environment, const ExplainOptions& options, router::Core& core,
                 const std::vector<OwnedValue>& parameters, const Explanation& explanation) {
  execute::CancelToken cancel;
  Interrupt interrupt;
  interrupt.on_signal([&] { cancel.cancel(); });
  const auto measured = core.measure(options.sql, views(parameters), &cancel);
  interrupt.on_signal({});
  if (!measured) {
    report(environment.err, measured.error(), options.sql, {},
           parameters.empty() ? ServerMessage::kShow : ServerMessage::kHide);
    return interrupt.exit_code() != 0 ? interrupt.exit_code() : exit_code(measured.error());
  }
  if (options.format == "json") {
    Json json = Json::parse(explanation.json());
    json["analyzed"] = measured_json(core, *measured);
    environment.out.line(json.dump(-1, ' ', false, Json::error_handler_t::replace));
  } else {
    environment.out.write(explanation.tree());
    print_measured(core, *measured, environment.out);
  }
  return kExitOk;
}

int run_explain(Environment& environment, const ExplainOptions& options) {
  auto parameters = parse_parameters(options.parameters);
  if (!parameters) {
    report(environment.err, parameters.error());
    return kExitUsage;
  }
  int code = kExitOk;
  auto database = open_database(environment, code);
  if (!database) return code;
  const Explanation explanation = database->explain_values(options.sql, views(*parameters));
  if (options.analyze && !explanation.refused()) {
    return run_analyzed(environment, options, router::Inside::core(*database), *parameters,
                        explanation);
  }
  if (options.format == "json") {
    environment.out.line(explanation.json());
  } else {
    environment.out.write(explanation.tree());
  }
  return explanation.refusal() ? exit_code(*explanation.refusal()) : kExitOk;
}

Action configure_explain(Arguments& arguments) {
  auto options = std::make_shared<ExplainOptions>();
  arguments.choice("--format", options->format, {"tree", "json"},
                   "For people or for programs (default: tree)");
  arguments.flag("--analyze", options->analyze,
                 "Run it too, throw its rows away, and show what each part took; queries only");
  arguments.list("--param", "VALUE", options->parameters,
                 "The value of the next `?`; as for `pando query`");
  arguments.positional("SQL", options->sql, "One statement", true);
  return [options](Environment& environment) { return run_explain(environment, *options); };
}

}  // namespace

const Command kExplainCommand = {
    "explain", "Show where a statement would go, and why",
    R"(Runs nothing, but with --analyze. The schema of the tables is read if the data sources can be
reached. Without --param, example values are taken for each `?`, which is said.

--analyze shows the rows, the bytes of their values and the time of each piece (level compute) or
shard: the time that was waited for it. What changes or locks rows is refused.
Names of columns are compared with the tables where these can be read. Exit code 5 if the
statement would be refused, 2 if it is no valid SQL or has another number of `?`.

Examples:
  pando explain 'SELECT * FROM orders WHERE user_id = 7'
  pando explain --param 7 'SELECT * FROM orders WHERE user_id = ?'
  pando explain --analyze 'SELECT status, COUNT(*) FROM orders GROUP BY status'
  pando explain --format json 'SELECT status, COUNT(*) FROM orders GROUP BY status')",
    configure_explain};

}  // namespace pando::cli
