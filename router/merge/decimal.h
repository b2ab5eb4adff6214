// Exact DECIMAL arithmetic on the text form in which MySQL prints it. No doubles anywhere.
//
// Cost: sums run in 128-bit integers and move to arbitrary precision only when those overflow.
//
// Threads: a DecimalSum belongs to one at a time; the functions have no state.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pando::merge {

// An optional sign, digits, and optionally a point and digits: "-12.50".
bool is_decimal(std::string_view text);

// -1, 0, 1. "1.0" equals "1.00", "-0" equals "0".
// Requires: is_decimal() of both.
int compare_decimals(std::string_view a, std::string_view b);

// Appends the one spelling of the number that all its spellings share: "1", "-12.5", "0".
// Requires: is_decimal().
void append_normalised_decimal(std::string_view text, std::string& out);

class DecimalSum {
 public:
  // `scale`: digits after the point of the result, at least; a longer addend raises it.
  explicit DecimalSum(unsigned scale = 0);
  ~DecimalSum();
  DecimalSum(DecimalSum&&) noexcept;
  DecimalSum& operator=(DecimalSum&&) noexcept;

  // False: `text` is not a decimal number.
  bool add(std::string_view text);

  // The sum with all digits of its scale. False: more digits than DECIMAL has (65).
  bool print(std::string& out) const;

  // The sum divided by `count` as AVG prints it, with `decimals` digits after the point. The
  // servers cut the quotient at the 9-digit word in which the last wanted digit lies, and round the
  // rest half away from zero; so does this, to print the same digits. Requires: count > 0. False:
  // more digits than DECIMAL has.
  bool print_average(std::uint64_t count, unsigned decimals, std::string& out) const;

 private:
  struct Big;
  void grow();

  __int128 small_ = 0;  // The sum times 10^scale_, unless big_ has it.
  std::unique_ptr<Big> big_;
  unsigned scale_;
};

}  // namespace pando::merge
