#include "admin-cli/output.hpp"

#include "admin-cli/json_reader.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace fanlight::cli {

namespace json = boost::json;

namespace {

constexpr std::size_t width_default = 100;
constexpr std::size_t width_min = 60;

/// The exit code of an error that a node reported by name.
int code_of(std::string const& text) {
    for (int i = 0; i <= static_cast<int>(Errc::damaged); ++i) {
        auto const code = static_cast<Errc>(i);
        if (text == name(code)) return exit_code(code);
    }
    return exit_code(Errc::io);
}

void explain(json::object const& body) {
    std::fprintf(stderr, "fanlight: %s\n", text_at(body, "error").c_str());
    for (auto const& value : array_at(body, "problems")) {
        auto const& problem = value.as_object();
        auto place = text_at(problem, "place");
        if (place.empty()) {
            place = "row " + std::to_string(number_at(problem, "row"));
            if (auto const column = text_at(problem, "column"); !column.empty()) place += ", " + column;
        }
        std::fprintf(stderr, "  %s: %s\n", place.c_str(), text_at(problem, "text").c_str());
    }
    auto const all = number_at(body, "problem_count");
    auto const shown = array_at(body, "problems").size();
    if (all > shown) std::fprintf(stderr, "  ... and %llu more\n", static_cast<unsigned long long>(all - shown));
}

} // namespace

int report(Error const& error) {
    std::fprintf(stderr, "fanlight: %s\n", describe(error).c_str());
    return exit_code(error.code);
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void print_json(json::value const& value) {
    print(json::serialize(value) + "\n");
}

std::string ask_for_line(char const* question) {
    std::fputs(question, stderr);
    std::array<char, 256> line{};
    if (std::fgets(line.data(), static_cast<int>(line.size()), stdin) == nullptr) return {};
    return line.data();
}

GridStyle terminal_style() {
    GridStyle style{false, width_default};
    if (::isatty(STDOUT_FILENO) == 0) return style;
    style.colour = std::getenv("NO_COLOR") == nullptr;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= width_min) style.width = size.ws_col;
    return style;
}

Answer call(std::filesystem::path const& data, std::string_view method, std::string_view target, std::string_view body,
            Duration timeout, bool as_json) {
    auto const reply = http_call(data / "api.sock", method, target, body, timeout);
    if (!reply) return {report(reply.assume_error()), {}};
    boost::system::error_code problem;
    auto value = json::parse(reply.assume_value().body, problem);
    if (problem || !value.is_object())
        return {report({Errc::malformed, "the node's answer", "Are node and tool of the same version?"}), {}};
    Answer answer{0, std::move(value.get_object())};
    if (!answer.body.contains("error")) return answer;
    answer.code = code_of(text_at(answer.body, "code"));
    if (as_json)
        print_json(answer.body);
    else
        explain(answer.body);
    return answer;
}

} // namespace fanlight::cli
