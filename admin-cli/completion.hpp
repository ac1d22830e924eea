#pragma once
// Shell completion, made from the commands themselves, so that it cannot fall behind them.

#include <string>

namespace CLI {
class App;
}

namespace fanlight::cli {

/// A bash completion script for the whole command tree.
std::string bash_completion(CLI::App const& app);

} // namespace fanlight::cli
