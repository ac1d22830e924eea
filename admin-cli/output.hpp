#pragma once
// How verbs speak: answers on standard output, errors on standard error with where and mend, exit codes of base/result.

#include "admin-cli/grid.hpp"
#include "admin-cli/http_client.hpp"

#include <boost/json/value.hpp>

namespace fanlight::cli {

int report(Error const& error);
void print(std::string_view text);
void print_json(boost::json::value const& value);
GridStyle terminal_style();

/// The node's answer as JSON. An answer that says "error" is printed to standard error (with its problems, if it lists
/// any) and gives its exit code in `code`.
struct Answer {
    int code = 0;
    boost::json::object body;
};
Answer call(std::filesystem::path const& data, std::string_view method, std::string_view target, std::string_view body,
            Duration timeout, bool json);

/// Shows an answer that is no error, as JSON or as `text` makes it of the body; the exit code.
template <class Text> int show(Answer const& answer, bool json, Text const& text) {
    if (answer.code != 0) return answer.code;
    if (json)
        print_json(answer.body);
    else
        print(text(answer.body));
    return 0;
}

/// A line that a person types after a question on standard error; empty at the end of input.
std::string ask_for_line(char const* question);

} // namespace fanlight::cli
