#include "cli/shell_edit.h"

#include <fcntl.h>
#include <histedit.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <utility>

#include "cli/interrupt.h"
#include "cli/text.h"

namespace pando::cli {

namespace {

constexpr int kHistorySize = 2000;

struct EditDeleter {
  void operator()(EditLine* edit) const { el_end(edit); }
};
struct HistoryDeleter {
  void operator()(History* history) const { history_end(history); }
};

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '$' || byte >= 0x80;
}

// What all candidates begin with.
std::string common_prefix(const std::vector<std::string>& words) {
  std::string prefix = words.front();
  for (const std::string& word : words) {
    std::size_t n = 0;
    while (n < prefix.size() && n < word.size() && prefix[n] == word[n]) ++n;
    prefix.resize(n);
  }
  return prefix;
}

class TerminalReader final : public LineReader {
 public:
  TerminalReader(Interrupt& interrupt, std::string history_file, Complete complete)
      : interrupt_(interrupt), file_(std::move(history_file)), complete_(std::move(complete)) {
    std::setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1) std::setlocale(LC_CTYPE, "C.UTF-8");
    edit_.reset(el_init("pando", stdin, stdout, stderr));
    history_.reset(history_init());
    if (!edit_ || !history_) return;
    HistEvent event;
    history(history_.get(), &event, H_SETSIZE, kHistorySize);
    history(history_.get(), &event, H_SETUNIQUE, 1);
    load_history();
    el_set(edit_.get(), EL_CLIENTDATA, this);
    el_set(edit_.get(), EL_PROMPT, &TerminalReader::prompt);
    el_set(edit_.get(), EL_EDITOR, "emacs");
    el_set(edit_.get(), EL_HIST, history, history_.get());
    el_set(edit_.get(), EL_GETCFN, &TerminalReader::read_character);
    el_set(edit_.get(), EL_ADDFN, "pando-complete", "Complete a name", &TerminalReader::tab);
    el_set(edit_.get(), EL_BIND, "^I", "pando-complete", nullptr);
    el_set(edit_.get(), EL_BIND, "^R", "em-inc-search-prev", nullptr);
    el_source(edit_.get(), nullptr);
  }

  std::optional<std::string> next(const std::string& prompt) override {
    if (!edit_) return std::nullopt;
    prompt_ = prompt;
    int size = 0;
    const char* line = el_gets(edit_.get(), &size);
    if (line == nullptr || size <= 0) {
      el_reset(edit_.get());
      return std::nullopt;
    }
    std::string result(line, static_cast<std::size_t>(size));
    while (result.ends_with('\n') || result.ends_with('\r')) result.pop_back();
    return result;
  }

  void remember(const std::string& statement) override {
    if (!history_ || statement.find_first_not_of(" \t\n") == std::string::npos) return;
    // One entry is one line, but not if a comment would then swallow what follows it, or a string
    // lose its line's end.
    std::string entry = statement;
    if (entry.find_first_of("'\"`#") == std::string::npos &&
        entry.find("--") == std::string::npos) {
      std::replace(entry.begin(), entry.end(), '\n', ' ');
    }
    HistEvent event;
    history(history_.get(), &event, H_ENTER, entry.c_str());
    save_history();
  }

 private:
  static TerminalReader& self(EditLine* edit) {
    TerminalReader* reader = nullptr;
    el_get(edit, EL_CLIENTDATA, &reader);
    return *reader;
  }
  static char* prompt(EditLine* edit) { return self(edit).prompt_.data(); }

  // One character, unless a signal comes first.
  static int read_character(EditLine* edit, wchar_t* character) {
    TerminalReader& reader = self(edit);
    std::mbstate_t state{};
    while (true) {
      if (!reader.interrupt_.wait_readable(STDIN_FILENO)) return -1;
      char byte = 0;
      const ssize_t n = ::read(STDIN_FILENO, &byte, 1);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return static_cast<int>(n);
      const std::size_t used = std::mbrtowc(character, &byte, 1, &state);
      if (used == static_cast<std::size_t>(-2)) continue;  // More bytes of it follow.
      if (used == static_cast<std::size_t>(-1)) {
        state = {};
        continue;
      }
      return 1;
    }
  }

  static unsigned char tab(EditLine* edit, int) {
    const LineInfo* line = el_line(edit);
    const char* begin = line->cursor;
    while (begin > line->buffer && is_word_byte(begin[-1])) --begin;
    const std::string word(begin, line->cursor);
    const auto words = self(edit).complete_(word);
    if (words.empty()) return CC_ERROR;
    std::string prefix = common_prefix(words);
    if (words.size() == 1) prefix += ' ';
    if (prefix.size() > word.size()) {
      el_deletestr(edit, static_cast<int>(std::count_if(word.begin(), word.end(), [](char c) {
                     return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
                   })));
      return el_insertstr(edit, prefix.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    }
    std::fputc('\n', stdout);
    for (const std::string& candidate : words) std::fprintf(stdout, "%s  ", candidate.c_str());
    std::fputc('\n', stdout);
    return CC_REDISPLAY;
  }

  void load_history() {
    if (file_.empty()) return;
    HistEvent event;
    history(history_.get(), &event, H_LOAD, file_.c_str());
  }

  // Written anew each time: a shell that is killed loses nothing. Failure is no reason to complain.
  void save_history() {
    if (file_.empty()) return;
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(file_).parent_path(), ignored);
    const int descriptor =
        ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor == -1) return;
    ::fchmod(descriptor, 0600);
    std::FILE* stream = ::fdopen(descriptor, "w");
    if (stream == nullptr) {
      ::close(descriptor);
      return;
    }
    HistEvent event;
    history(history_.get(), &event, H_SAVE_FP, stream);
    std::fclose(stream);
  }

  Interrupt& interrupt_;
  std::string file_;
  Complete complete_;
  std::string prompt_;
  std::unique_ptr<EditLine, EditDeleter> edit_;
  std::unique_ptr<History, HistoryDeleter> history_;
};

class PipeReader final : public LineReader {
 public:
  PipeReader(Interrupt& interrupt, int descriptor)
      : interrupt_(interrupt), descriptor_(descriptor) {}

  std::optional<std::string> next(const std::string&) override {
    while (true) {
      const std::size_t end = buffer_.find('\n', searched_);
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        if (!std::exchange(started_, true)) line = std::string(without_byte_order_mark(line));
        buffer_.erase(0, end + 1);
        searched_ = 0;
        if (line.ends_with('\r')) line.pop_back();
        return line;
      }
      searched_ = buffer_.size();
      if (ended_ || !interrupt_.wait_readable(descriptor_)) break;
      char block[65536];
      const ssize_t n = ::read(descriptor_, block, sizeof block);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        ended_ = true;
        break;
      }
      buffer_.append(block, static_cast<std::size_t>(n));
    }
    searched_ = 0;
    if (buffer_.empty() || interrupt_.exit_code() != 0) return std::nullopt;
    if (!std::exchange(started_, true)) buffer_ = std::string(without_byte_order_mark(buffer_));
    return std::exchange(buffer_, {});
  }

  void remember(const std::string&) override {}

 private:
  Interrupt& interrupt_;
  int descriptor_;
  std::string buffer_;
  std::size_t searched_ = 0;
  bool started_ = false;  // The first line has been read.
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<LineReader> make_terminal_reader(Interrupt& interrupt, std::string history_file,
                                                 Complete complete) {
  return std::make_unique<TerminalReader>(interrupt, std::move(history_file), std::move(complete));
}

std::unique_ptr<LineReader> make_pipe_reader(Interrupt& interrupt, int descriptor) {
  return std::make_unique<PipeReader>(interrupt, descriptor);
}

std::string history_path() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    return std::string(state) + "/pando/history";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return std::string(home) + "/.local/state/pando/history";
  }
  return "";
}

}  // namespace pando::cli
