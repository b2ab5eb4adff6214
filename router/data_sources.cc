#include "router/data_sources.h"

#include <string>

namespace pando::router {
namespace {

using drivers::ConnectOptions;
using rules::Endpoint;

ConnectOptions::Tls tls_of(Endpoint::Tls tls) {
  switch (tls) {
    case Endpoint::Tls::kPreferred:
      return ConnectOptions::Tls::kPreferred;
    case Endpoint::Tls::kOff:
      return ConnectOptions::Tls::kOff;
    case Endpoint::Tls::kRequired:
      return ConnectOptions::Tls::kRequired;
    case Endpoint::Tls::kVerify:
      return ConnectOptions::Tls::kVerify;
  }
  return ConnectOptions::Tls::kPreferred;
}

drivers::Pool::Source pool_source(const rules::RuleSet& rules, const std::string& name,
                                  const Endpoint& endpoint) {
  drivers::Pool::Source source;
  source.connect = {
      .dialect = endpoint.dialect,
      .name = name,
      .host = endpoint.host,
      .port = endpoint.port,
      .socket = endpoint.socket,
      .user = endpoint.user,
      .password = endpoint.password,
      .database = endpoint.database,
      .path = endpoint.path,
      .read_only = endpoint.read_only,
      .create = false,  // But by a schema change: see Core::execute().
      .tls = tls_of(endpoint.tls),
      .tls_ca = endpoint.tls_ca,
      .tls_cert = endpoint.tls_cert,
      .tls_key = endpoint.tls_key,
      .time_zone = rules.time_zone(),
      .mariadb = rules.mariadb(),
      .connect_timeout = rules.pool().connect_timeout,
      .read_timeout = rules.pool().read_timeout,
      .write_timeout = rules.pool().write_timeout,
      .prepared_statements = rules.limits().prepared_statements,
  };
  return source;
}

// Connections of its own, so that a statement which waits for those of the shards holds none of
// theirs.
drivers::Pool::Source compute_source(const rules::RuleSet& rules) {
  Endpoint endpoint;
  endpoint.dialect = rules.dialect();
  if (rules.compute()) endpoint = rules.data_sources()[*rules.compute()].write;
  endpoint.read_only = false;
  auto source = pool_source(rules, rules.data_source_name(rules.compute_index()), endpoint);
  source.connect.temporary = !rules.compute();
  source.connect.create = true;
  return source;
}

}  // namespace

std::vector<drivers::Pool::Source> pool_sources(const rules::RuleSet& rules) {
  std::vector<drivers::Pool::Source> sources;
  sources.reserve(rules.data_sources().size());
  for (const rules::DataSource& source : rules.data_sources()) {
    sources.push_back(pool_source(rules, source.name, source.write));
  }
  return sources;
}

std::vector<drivers::Pool::Source> sources_with_compute(
    const rules::RuleSet& rules, const std::vector<drivers::Driver*>& drivers) {
  auto sources = pool_sources(rules);
  if (rules.can_compute()) sources.push_back(compute_source(rules));
  for (std::size_t i = 0; i < drivers.size() && i < sources.size(); ++i) {
    sources[i].driver = drivers[i];
  }
  return sources;
}

}  // namespace pando::router
