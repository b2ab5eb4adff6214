// Reads the URL of a data source.

#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "rules/rule_set.h"

namespace pando::rules {

// What a URL does not say is taken from here.
struct EndpointDefaults {
  std::string user;
  std::string password;
  std::string directory;  // Where relative SQLite paths start.
  Endpoint::Tls tls = Endpoint::Tls::kPreferred;
  std::string tls_ca, tls_cert, tls_key;
};

// The error is a sentence that quotes no part of the URL: any part could be a password that is not
// percent-encoded.
tl::expected<Endpoint, std::string> parse_endpoint(std::string_view url,
                                                   const EndpointDefaults& defaults);

inline constexpr std::string_view kTlsNames[] = {"preferred", "off", "required", "verify"};

}  // namespace pando::rules
