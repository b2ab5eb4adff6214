#include <span>
#include <utility>

#include "rules/functions/functions.h"

namespace pando::rules {
namespace {

class UserFunction final : public PlaceFunction {
 public:
  UserFunction(FunctionName name, std::shared_ptr<const ShardingFunction> function,
               std::size_t places)
      : PlaceFunction(places), name_(std::move(name)), function_(std::move(function)) {}

  Result<std::size_t> place(std::span<const Value> key) const override {
    PANDO_ASSIGN(const std::size_t place, call(key));
    if (place < places()) return place;
    return fail(ErrorCode::kConfigPlacement, "The application's function " + name_.text() +
                                                 " gave place " + std::to_string(place) +
                                                 " of only " + std::to_string(places()) + ".");
  }
  std::optional<ShardSet> places_in(const ValueSet::Range&) const override { return std::nullopt; }
  std::string describe() const override { return name_.text() + " of the application"; }

 private:
  // The application's code may throw whatever it likes; nothing above expects that.
  Result<std::size_t> call(std::span<const Value> key) const {
    try {
      return function_->locate(key, places());
    } catch (const Error& error) {
      return fail(error);
    } catch (...) {
      return fail(ErrorCode::kUnroutableKey,
                  "The application's function " + name_.text() + " threw an exception.");
    }
  }

  FunctionName name_;
  std::shared_ptr<const ShardingFunction> function_;
};

}  // namespace

PlaceFunctionPtr make_user(FunctionName name, std::shared_ptr<const ShardingFunction> function,
                           std::size_t places) {
  return std::make_shared<UserFunction>(std::move(name), std::move(function), places);
}

}  // namespace pando::rules
