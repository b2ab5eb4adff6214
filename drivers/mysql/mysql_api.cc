#include "drivers/mysql/mysql_api.h"

#include <ma_pvio.h>
#include <poll.h>

#include <mutex>
#include <string_view>

namespace pando::drivers::mysql {

MysqlPtr make_mysql() {
  static std::once_flag once;
  std::call_once(once, [] { mysql_server_init(0, nullptr, nullptr); });
  return MysqlPtr(mysql_init(nullptr));
}

void set_tls(MYSQL* mysql, const ConnectOptions& options) {
  using Tls = ConnectOptions::Tls;
  // A socket file is not a network: encrypt there only if told to.
  const bool off =
      options.tls == Tls::kOff || (options.tls == Tls::kPreferred && !options.socket.empty());
  const my_bool wanted = off ? 0 : 1;
  const my_bool verify = options.tls == Tls::kVerify ? 1 : 0;
  if (off) return;
  if (!options.tls_ca.empty()) mysql_options(mysql, MYSQL_OPT_SSL_CA, options.tls_ca.c_str());
  if (!options.tls_cert.empty()) mysql_options(mysql, MYSQL_OPT_SSL_CERT, options.tls_cert.c_str());
  if (!options.tls_key.empty()) mysql_options(mysql, MYSQL_OPT_SSL_KEY, options.tls_key.c_str());
  mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &wanted);
  mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

bool tls_missing(MYSQL* mysql, const ConnectOptions& options) {
  using Tls = ConnectOptions::Tls;
  const bool must = options.tls == Tls::kRequired || options.tls == Tls::kVerify;
  return must && mysql_get_ssl_cipher(mysql) == nullptr;
}

int socket_of(MYSQL* mysql) {
  const auto fd = mysql_get_socket(mysql);
  return fd == MARIADB_INVALID_SOCKET ? -1 : static_cast<int>(fd);
}

bool data_waiting(MYSQL* mysql, int wait_ms) {
  const MARIADB_PVIO* io = mysql->net.pvio;
  if (io != nullptr && io->cache != nullptr && io->cache_pos < io->cache + io->cache_size) {
    return true;
  }
  pollfd wait{socket_of(mysql), POLLIN, 0};
  return wait.fd >= 0 && poll(&wait, 1, wait_ms) == 1;
}

std::span<const MYSQL_FIELD> answer_fields(MYSQL* mysql) {
  return {mysql->fields, mysql->fields == nullptr ? 0 : mysql->field_count};
}

bool pass_over_rows(MYSQL* mysql) {
  // Freeing a result that was not read skips its packets, whatever is in them.
  if (mysql->status == MYSQL_STATUS_GET_RESULT) const ResultPtr rows(mysql_use_result(mysql));
  return mysql->status == MYSQL_STATUS_READY && mysql->net.pvio != nullptr;
}

bool has_json_format(const MYSQL_FIELD& field) {
  MARIADB_CONST_STRING format{};
  if (mariadb_field_attr(&format, &field, MARIADB_FIELD_ATTR_FORMAT_NAME) != 0) return false;
  return std::string_view(format.str, format.length) == "json";
}

bool has_own_type(const MYSQL_FIELD& field) {
  MARIADB_CONST_STRING name{};
  if (mariadb_field_attr(&name, &field, MARIADB_FIELD_ATTR_DATA_TYPE_NAME) != 0) return false;
  const std::string_view type(name.str, name.length);
  return type == "inet4" || type == "inet6" || type == "uuid";
}

}  // namespace pando::drivers::mysql
