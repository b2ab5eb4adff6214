// Lines typed at a terminal, with editing, history and completion (libedit), or read from a pipe.
//
// Threads: one at a time; one terminal reader per process.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pando::cli {

class Interrupt;

class LineReader {
 public:
  virtual ~LineReader() = default;
  // The next line, without its newline. nullopt: the input has ended, or (interrupted() then) a
  // signal came.
  virtual std::optional<std::string> next(const std::string& prompt) = 0;
  // Adds a whole statement to the history.
  virtual void remember(const std::string& statement) = 0;
};

// The words that may follow `word`, the beginning of a name.
using Complete = std::function<std::vector<std::string>(std::string_view word)>;

// `history`: the file to keep the history in, readable by the user alone; "" for none.
std::unique_ptr<LineReader> make_terminal_reader(Interrupt& interrupt, std::string history,
                                                 Complete complete);
// No prompts and no editing.
std::unique_ptr<LineReader> make_pipe_reader(Interrupt& interrupt, int descriptor);

// $XDG_STATE_HOME/pando/history, else ~/.local/state/pando/history; "" if there is no home.
std::string history_path();

}  // namespace pando::cli
