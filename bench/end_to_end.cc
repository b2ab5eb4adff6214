// End to end: Pando beside a direct connection, in turn, in one run.
//
//   build/bench/bench/end_to_end [rows]      (under with_mariadb 2 --, see docs/performance.md)
//
// Point reads: the same statement through Pando and through libmysqlclient, one thread and eight.
// The direct side reads from the same two servers: each thread has a connection of its own to
// either, and knows without reckoning where a row is. Export: all rows in the order of the key,
// from two data sources through Pando and from one server that holds them all. Figures are medians
// of rounds taken in turn; the ratios are what counts.

#include <mysql.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "pando/pando.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Server {
  std::string host, user, password;
  unsigned port = 0;
};

std::vector<Server> servers() {
  const char* text = std::getenv("PANDO_TEST_MARIADB");
  if (!text) {
    std::fputs("run it under with_mariadb 2 --; see docs/performance.md\n", stderr);
    std::exit(2);
  }
  std::vector<Server> list;
  std::string rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    std::string one = rest.substr(0, comma);
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    Server server;
    for (std::string* part : {&server.host, static_cast<std::string*>(nullptr), &server.user}) {
      const std::size_t colon = one.find(':');
      if (part) {
        *part = one.substr(0, colon);
      } else {
        server.port = static_cast<unsigned>(std::atoi(one.substr(0, colon).c_str()));
      }
      one = one.substr(colon + 1);
    }
    server.password = one;
    list.push_back(server);
  }
  return list;
}

class Direct {
 public:
  Direct(const Server& server, const std::string& database) : handle_(mysql_init(nullptr)) {
    if (!mysql_real_connect(handle_, server.host.c_str(), server.user.c_str(),
                            server.password.c_str(), database.empty() ? nullptr : database.c_str(),
                            server.port, nullptr, 0)) {
      stop();
    }
  }
  ~Direct() { mysql_close(handle_); }
  void run(const std::string& sql) {
    if (mysql_real_query(handle_, sql.data(), sql.size())) stop();
    if (MYSQL_RES* rows = mysql_store_result(handle_)) mysql_free_result(rows);
  }
  // Reads all rows as a careful client does: unbuffered, each number converted.
  std::uint64_t read(const std::string& sql) {
    std::uint64_t sum = 0;
    each(sql, [&](std::uint64_t first) { sum += first; });
    return sum;
  }
  template <typename Each>
  void each(const std::string& sql, const Each& row_is) {
    if (mysql_real_query(handle_, sql.data(), sql.size())) stop();
    MYSQL_RES* rows = mysql_use_result(handle_);
    while (MYSQL_ROW row = mysql_fetch_row(rows)) row_is(std::strtoull(row[0], nullptr, 10));
    if (mysql_errno(handle_)) stop();
    mysql_free_result(rows);
  }

 private:
  void stop() {
    std::fprintf(stderr, "%s\n", mysql_error(handle_));
    std::exit(1);
  }
  MYSQL* handle_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Calls per second of `call(thread, i)` by `threads` threads for about `seconds`.
double rate(int threads, double seconds, const std::function<void(int, int)>& call) {
  std::vector<std::thread> workers;
  std::vector<long> counts(static_cast<std::size_t>(threads));
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration<double>(seconds);
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      long n = 0;
      while (Clock::now() < end) {
        for (int i = 0; i < 16; ++i) call(t, static_cast<int>(n++));
      }
      counts[static_cast<std::size_t>(t)] = n;
    });
  }
  for (std::thread& worker : workers) worker.join();
  long total = 0;
  for (const long n : counts) total += n;
  return static_cast<double>(total) / std::chrono::duration<double>(Clock::now() - start).count();
}

// The two in turn, `rounds` times: medians of both rates and of the ratio b / a.
void in_turn(const char* name, int rounds, const std::function<double()>& a,
             const std::function<double()>& b) {
  std::vector<double> rates_a, rates_b, ratios;
  a();
  b();
  for (int i = 0; i < rounds; ++i) {
    rates_a.push_back(a());
    rates_b.push_back(b());
    ratios.push_back(rates_b.back() / rates_a.back());
  }
  std::printf("%-44s direct %10.0f/s  pando %10.0f/s  ratio %.3f\n", name, median(rates_a),
              median(rates_b), median(ratios));
  std::fflush(stdout);
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

void load(Direct& all, pando::Database& db, std::size_t rows) {
  const std::string create =
      "CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, c VARCHAR(120) NOT NULL, n INT NOT NULL)";
  all.run(create);
  db.execute(create);
  for (std::size_t first = 0; first < rows; first += 5000) {
    std::string sql = "INSERT INTO t (id, c, n) VALUES ";
    for (std::size_t id = first; id < std::min(rows, first + 5000); ++id) {
      if (id != first) sql += ',';
      sql += "(" + std::to_string(id) + ",'" + std::string(40, static_cast<char>('a' + id % 26)) +
             "'," + std::to_string(id * 7 % 1000) + ")";
    }
    all.run(sql);
    db.execute(sql);
  }
}

// Which rows the second server has.
std::vector<bool> ids_of(const Server& server, const std::string& database, std::size_t rows) {
  std::vector<bool> found(rows);
  Direct(server, database).each("SELECT id FROM t", [&](std::uint64_t id) { found[id] = true; });
  return found;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t rows = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000;
  const auto list = servers();
  if (list.size() < 2) {
    std::fputs("two servers are needed\n", stderr);
    return 2;
  }
  const std::string suffix = std::to_string(std::random_device{}());
  Direct root0(list[0], ""), root1(list[1], "");
  root0.run("CREATE DATABASE bench_all" + suffix);
  root0.run("CREATE DATABASE bench_a" + suffix);
  root1.run("CREATE DATABASE bench_b" + suffix);
  const auto url = [&](const Server& server, const std::string& database) {
    return "mysql://" + server.user + ":" + server.password + "@" + server.host + ":" +
           std::to_string(server.port) + "/" + database + suffix + "?tls=off";
  };
  const std::string config =
      (std::filesystem::temp_directory_path() / ("pando_bench_" + suffix + ".toml")).string();
  std::ofstream(config) << "format = 1\n[databases]\na = {write = \"" << url(list[0], "bench_a")
                        << "\"}\nb = {write = \"" << url(list[1], "bench_b")
                        << "\"}\n[tables]\nt = {by = \"hash(id)\", onto = [\"a\", \"b\"]}\n";
  try {
    auto db = pando::open(config);
    std::filesystem::remove(config);
    Direct all(list[0], "bench_all" + suffix);
    load(all, db, rows);
    const std::vector<bool> on_b = ids_of(list[1], "bench_b" + suffix, rows);

    for (const int threads : {1, 8}) {
      std::vector<std::unique_ptr<Direct>> direct;  // Two for each thread.
      for (int t = 0; t < threads; ++t) {
        direct.push_back(std::make_unique<Direct>(list[0], "bench_a" + suffix));
        direct.push_back(std::make_unique<Direct>(list[1], "bench_b" + suffix));
      }
      const auto key = [&](int t, int i) {
        return (static_cast<std::size_t>(t) * 7919 + static_cast<std::size_t>(i) * 104729) % rows;
      };
      const auto direct_text = [&] {
        return rate(threads, 1.0, [&](int t, int i) {
          const std::size_t id = key(t, i);
          direct[2 * static_cast<std::size_t>(t) + (on_b[id] ? 1 : 0)]->read(
              "SELECT n, c FROM t WHERE id = " + std::to_string(id));
        });
      };
      const auto pando_text = [&] {
        return rate(threads, 1.0, [&](int t, int i) {
          auto reply = db.run("SELECT n, c FROM t WHERE id = " + std::to_string(key(t, i)));
          while (reply.value().rows->next().value()) {
          }
        });
      };
      const auto pando_prepared = [&] {
        return rate(threads, 1.0, [&](int t, int i) {
          const pando::Value id[] = {pando::Value::of_int(static_cast<std::int64_t>(key(t, i)))};
          auto reply = db.run("SELECT n, c FROM t WHERE id = ?", id);
          while (reply.value().rows->next().value()) {
          }
        });
      };
      const std::string label = std::to_string(threads) + (threads == 1 ? " thread" : " threads");
      in_turn(("point read, text, " + label).c_str(), 7, direct_text, pando_text);
      in_turn(("point read, prepared against text, " + label).c_str(), 7, direct_text,
              pando_prepared);
    }

    const long before = peak_kib();
    const std::string scan = "SELECT id, c, n FROM t ORDER BY id";
    const auto timed = [&](const std::function<void()>& work) {
      const auto start = Clock::now();
      work();
      return static_cast<double>(rows) /
             std::chrono::duration<double>(Clock::now() - start).count();
    };
    in_turn(("export of " + std::to_string(rows) + " rows, ordered").c_str(), 5,
            [&] { return timed([&] { all.read(scan); }); },
            [&] {
              return timed([&] {
                auto reply = db.run(scan);
                std::int64_t last = -1;
                while (reply.value().rows->next().value()) {
                  const std::int64_t id = reply->rows->row()[0].as_int();
                  if (id <= last) std::abort();
                  last = id;
                }
              });
            });
    std::printf("peak memory: %ld KiB before the exports, %ld KiB after\n", before, peak_kib());
  } catch (const pando::Error& error) {
    std::fprintf(stderr, "%s %s\n", error.what(), error.native_message().c_str());
    return 1;
  }
  root0.run("DROP DATABASE bench_all" + suffix);
  root0.run("DROP DATABASE bench_a" + suffix);
  root1.run("DROP DATABASE bench_b" + suffix);
  return 0;
}
