// Runs a fuzz target over the files of a folder, without a fuzzer: replay FOLDER...
//
// Short files are also cut after each byte, so that every way of ending too early is tried.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kCutBelow = 4096;

// Gives the target memory of exactly the text's size, so that a sanitizer sees a read past its end.
void feed(const std::string& text, std::size_t size) {
  const std::vector<std::uint8_t> exact(text.begin(), text.begin() + static_cast<long>(size));
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

int replay(const std::filesystem::path& folder) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    feed(text, text.size());
    for (std::size_t size = 0; text.size() < kCutBelow && size < text.size(); ++size) {
      feed(text, size);
    }
    ++files;
  }
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  int files = 0;
  for (int i = 1; i < argc; ++i) files += replay(argv[i]);
  std::cout << files << " inputs\n";
  if (files == 0) std::cerr << "no inputs: a replay of nothing proves nothing\n";
  return files > 0 ? 0 : 1;
}
