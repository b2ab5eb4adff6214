// pando init: a configuration to start from, or a whole demo shop.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include "cli/arguments.h"
#include "cli/demo_shop.h"
#include "cli/exit_code.h"
#include "cli/report.h"

namespace pando::cli {

namespace {

struct InitOptions {
  bool demo = false;
  bool force = false;
  std::string directory = ".";
};

constexpr std::string_view kTemplate =
    R"toml(# Where the rows of this database live. `pando check` validates this file; every word of it is
# described in docs/configuration.md.
format = 1

# What no shard can answer alone (joins across shards, windows, ...) is put together in one place.
# With MySQL or MariaDB, name a data source for that; SQLite needs none.
# compute = "shop0"

# The data sources. [0..3] stands for four of them, and {n} for the number of each.
# Secrets come from the environment: "mysql://app:${SHOP_PASSWORD}@10.0.0.1{n}/shop".
[databases."shop[0..3]"]
write = "sqlite:shop{n}.db"

[tables]
# A sharded table: the row of a user lives in the shard that hash(user_id) names.
orders = {by = "hash(user_id)", onto = "shop[0..3].orders_[0..1]", fill = {id = "order_no"}}
# Bound to orders: the items of an order live beside it, so that joins stay on one shard.
order_items = {with = "orders", onto = "shop[0..3].order_items_[0..1]"}
# A broadcast table: small, read everywhere, and copied to every data source.
products = {copy = "shop[0..3]"}
# A single table: in one place.
coupons = {at = "shop0"}

# Keys that are unique over all shards. Each program that runs at the same time needs a worker number
# of its own: one number per process, or two of them make the same keys.
[ids.order_no]
snowflake = {worker = "${PANDO_WORKER:-0}"}
)toml";

// Fails rather than overwrite, unless `force`. Errors: kIo.
Result<void> write_file(const std::string& path, std::string_view text, bool force) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL);
  const int descriptor = ::open(path.c_str(), flags, 0644);
  if (descriptor == -1) {
    if (errno == EEXIST) {
      return fail(Error(ErrorCode::kUsage, path + " is there already")
                      .with_remedy("Choose another folder, or overwrite it with --force."));
    }
    return fail(ErrorCode::kIo, "cannot write " + path + ": " + std::strerror(errno));
  }
  Output file(descriptor);
  file.write(text);
  const bool written = file.flush();
  const int reason = written ? 0 : file.error();
  const bool closed = ::close(descriptor) == 0;
  if (written && closed) return {};
  return fail(ErrorCode::kIo,
              "cannot write " + path + ": " + std::strerror(written ? errno : reason));
}

std::string in(const std::string& directory, const char* file) {
  return (std::filesystem::path(directory) / file).lexically_normal().string();
}

int make_template(Environment& environment, const InitOptions& options) {
  const std::string path = in(options.directory, "pando.toml");
  if (auto written = write_file(path, kTemplate, options.force); !written) {
    report(environment.err, written.error());
    return exit_code(written.error());
  }
  environment.out.line("wrote " + path);
  environment.out.line("Change it to your tables, then run `pando check`.");
  return kExitOk;
}

// What a failed or interrupted run leaves is taken away again, but nothing that was there before.
void remove_files(const std::string& directory) {
  std::error_code ignored;
  for (const char* file : kDemoFiles) {
    std::filesystem::remove(in(directory, file), ignored);
    std::filesystem::remove(in(directory, file) + "-journal", ignored);
  }
}

int make_demo(Environment& environment, const InitOptions& options) {
  for (const char* file : kDemoFiles) {
    const std::string path = in(options.directory, file);
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || options.force) continue;
    report(environment.err,
           Error(ErrorCode::kUsage, path + " is there already")
               .with_remedy("Choose another folder, or overwrite the demo with --force."));
    return kExitUsage;
  }
  if (options.force) remove_files(options.directory);
  const std::string config = in(options.directory, "pando.toml");
  auto done = write_file(config, kDemoConfig, false);
  if (done) done = fill_demo_shop(config, environment);
  if (!done) {
    report(environment.err, done.error());
    remove_files(options.directory);
    return done.error().code() == ErrorCode::kCancelled ? kExitInterrupted
                                                        : exit_code(done.error());
  }
  const bool here = options.directory == ".";
  environment.out.line("");
  environment.out.line("Try next:");
  if (!here) environment.out.line("  cd " + options.directory);
  environment.out.line("  pando query \"SELECT * FROM orders WHERE user_id = 42 LIMIT 3\"");
  environment.out.line("  pando explain \"SELECT status, COUNT(*) FROM orders GROUP BY status\"");
  environment.out.line("  pando route orders user_id=42");
  environment.out.line("  pando stats");
  environment.out.line("  pando shell");
  return kExitOk;
}

int run_init(Environment& environment, const InitOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) {
    report(environment.err, Error(ErrorCode::kIo, "cannot make the folder " + options.directory +
                                                      ": " + error.message()));
    return kExitFailed;
  }
  return options.demo ? make_demo(environment, options) : make_template(environment, options);
}

Action configure_init(Arguments& arguments) {
  auto options = std::make_shared<InitOptions>();
  arguments.flag("--demo", options->demo,
                 "Make a demo shop: 4 SQLite files with some tens of thousands of rows");
  arguments.flag("--force", options->force, "Overwrite what is there");
  arguments.positional("DIR", options->directory, "Where to; the working directory if left out",
                       false);
  return [options](Environment& environment) { return run_init(environment, *options); };
}

}  // namespace

const Command kInitCommand = {"init", "Write a configuration to start from, or make a demo shop",
                              R"(Never overwrites a file without --force.

Examples:
  pando init
  pando init --demo shop && cd shop && pando stats)",
                              configure_init};

}  // namespace pando::cli
