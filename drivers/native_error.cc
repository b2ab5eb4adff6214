#include "drivers/native_error.h"

namespace pando::drivers {

Error make_native_error(const std::string& data_source, std::string_view product,
                        const NativeError& native) {
  std::string text = data_source;
  if (!text.empty()) text += ": ";
  text += native.fact;
  if (native.number != 0) {
    text += " (";
    text += product;
    text += " error " + std::to_string(native.number) + ")";
  }
  return Error(native.code, std::move(text))
      .with_native(native.number, native.sqlstate, native.message)
      .with_data_source(data_source)
      .with_retryable(native.retryable);
}

}  // namespace pando::drivers
