// TLS against a real server with certificates of its own, made by openssl in a temporary folder.

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/contract/contract.h"

namespace pando::drivers {
namespace {

namespace fs = std::filesystem;
using Tls = ConnectOptions::Tls;

// An authority, a server's certificate for localhost (not for 127.0.0.1), a client's, and another
// authority that signed nothing here.
class Certificates {
 public:
  Certificates() {
    std::string pattern = (fs::temp_directory_path() / "pando_tls_XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    std::ofstream(folder_ / "localhost.ext") << "subjectAltName=DNS:localhost\n";
    std::ofstream(folder_ / "client.ext") << "basicConstraints=CA:FALSE\n";
    ok_ = authority("ca") && authority("other") && signed_by_ca("localhost") &&
          signed_by_ca("client");
  }
  ~Certificates() { fs::remove_all(folder_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  bool ok() const { return ok_; }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }

 private:
  bool openssl(const std::string& arguments) const {
    const std::string command =
        "cd '" + folder_.string() + "' && openssl " + arguments + " >>log 2>&1";
    return std::system(command.c_str()) == 0;
  }
  static std::string key(const std::string& name) {
    return " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout " + name +
           ".key -subj /CN=" + name;
  }
  bool authority(const std::string& name) const {
    return openssl("req -x509 -days 2 -out " + name + ".pem" + key(name));
  }
  bool signed_by_ca(const std::string& name) const {
    return openssl("req -out " + name + ".csr" + key(name)) &&
           openssl("x509 -req -days 2 -CA ca.pem -CAkey ca.key -CAcreateserial -in " + name +
                   ".csr -out " + name + ".pem -extfile " + name + ".ext");
  }

  fs::path folder_;
  bool ok_ = false;
};

class MysqlTlsTest : public ::testing::Test {
 protected:
  // "cipher" of an encrypted session, "plain" of another, or the error's code.
  static std::string outcome(const ConnectOptions& options) {
    auto connection = driver_for(Dialect::kMySql).connect(options);
    if (!connection) {
      const Error& error = connection.error();
      EXPECT_EQ(error.data_source(), options.name);
      EXPECT_EQ(error.message().find(options.password), std::string::npos);
      return error_name(error);
    }
    auto reply = (*connection)->run("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    if (!reply || !*reply->rows->next()) return "no answer";
    return reply->rows->row()[1].as_string().empty() ? "plain" : "cipher";
  }
};

TEST_F(MysqlTlsTest, TheServersCertificateIsVerifiedOrTheConnectionRefused) {
  const Certificates made;
  ASSERT_TRUE(made.ok()) << "openssl made no certificates";
  auto server = test::MariaDbServer::start({"--ssl-ca=" + made.file("ca.pem"),
                                            "--ssl-cert=" + made.file("localhost.pem"),
                                            "--ssl-key=" + made.file("localhost.key")});
  ConnectOptions base = server->options("shop7", "mysql");
  base.host = "localhost";
  struct Case {
    const char* claim;
    Tls tls;
    std::string ca;
    const char* host;
    const char* expected;
  };
  const std::string ca = made.file("ca.pem"), other = made.file("other.pem");
  for (const Case& one : {
           Case{"off is off", Tls::kOff, "", "localhost", "plain"},
           Case{"preferred takes it", Tls::kPreferred, "", "localhost", "cipher"},
           Case{"required takes it", Tls::kRequired, "", "localhost", "cipher"},
           Case{"required with its authority", Tls::kRequired, ca, "localhost", "cipher"},
           Case{"verify with its authority", Tls::kVerify, ca, "localhost", "cipher"},
           Case{"verify with another authority", Tls::kVerify, other, "localhost", "kUnreachable"},
           Case{"verify without an authority", Tls::kVerify, "", "localhost", "kUnreachable"},
           Case{"verify under another name", Tls::kVerify, ca, "127.0.0.1", "kUnreachable"},
           Case{"an authority's file that is missing", Tls::kVerify, ca + ".no", "localhost",
                "kUnreachable"},
       }) {
    SCOPED_TRACE(one.claim);
    ConnectOptions options = base;
    options.tls = one.tls;
    options.tls_ca = one.ca;
    options.host = one.host;
    EXPECT_EQ(outcome(options), one.expected);
  }
}

TEST_F(MysqlTlsTest, AServerThatAsksForAClientsCertificateGetsIt) {
  const Certificates made;
  ASSERT_TRUE(made.ok()) << "openssl made no certificates";
  auto server = test::MariaDbServer::start({"--ssl-ca=" + made.file("ca.pem"),
                                            "--ssl-cert=" + made.file("localhost.pem"),
                                            "--ssl-key=" + made.file("localhost.key")});
  ConnectOptions options = server->options("shop7");
  options.host = "localhost";
  {
    auto admin = driver_for(Dialect::kMySql).connect(options);
    ASSERT_TRUE(admin);
    ASSERT_TRUE((*admin)->run("CREATE USER x509@127.0.0.1 IDENTIFIED BY 'pw-marker' REQUIRE X509"));
  }
  options.user = "x509";
  options.password = "pw-marker";
  options.tls = Tls::kVerify;
  options.tls_ca = made.file("ca.pem");
  EXPECT_EQ(outcome(options), "kAccessDenied");
  options.tls_cert = made.file("client.pem");
  options.tls_key = made.file("client.key");
  EXPECT_EQ(outcome(options), "cipher");
  options.tls_key = made.file("other.key");
  EXPECT_EQ(outcome(options), "kUnreachable");
}

}  // namespace
}  // namespace pando::drivers
