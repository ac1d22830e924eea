#pragma once
// The text of a note of ours, read line by line: each is "<name> <value>" with one space and a newline.

#include "crypto/text.hpp"

#include <charconv>

namespace fanlight::protocol {

class NoteLines {
  public:
    /// `where` and `mend` are literals for the errors. The text outlives this.
    explicit NoteLines(std::string_view text, char const* where, char const* mend = "")
        : rest_(text), where_(where), mend_(mend) {}

    /// The next line without its newline; empty at the end, or if the newline is missing.
    std::string_view next() {
        auto const end = rest_.find('\n');
        if (end == std::string_view::npos) return {};
        auto const line = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return line;
    }
    bool next_is(std::string_view name) const { return is_name(rest_, name); }
    bool done() const { return rest_.empty(); }

    /// The value of the next line. Errc::malformed unless it has this name; so do all below.
    Result<std::string_view> value(std::string_view name) {
        auto const line = next();
        if (!is_name(line, name)) return fail(Errc::malformed, where_, mend_);
        return line.substr(name.size() + 1);
    }
    /// Decimal, at least 1, without leading zeros.
    Result<std::uint32_t> number(std::string_view name) {
        FANLIGHT_TRY(auto const text, value(name));
        std::uint32_t number = 0;
        auto const* const end = text.data() + text.size();
        auto const [stop, problem] = std::from_chars(text.data(), end, number);
        if (problem != std::errc() || stop != end || text.front() == '0') return fail(Errc::malformed, where_);
        return number;
    }
    Result<Bytes> hex(std::string_view name) {
        FANLIGHT_TRY(auto const text, value(name));
        return crypto::from_hex(text);
    }
    /// A Tagged in hex.
    template <class T> Result<T> tagged(std::string_view name) {
        FANLIGHT_TRY(auto const bytes, hex(name));
        return T::parse(bytes, where_);
    }

  private:
    static bool is_name(std::string_view line, std::string_view name) {
        return line.size() > name.size() + 1 && line.substr(0, name.size()) == name && line[name.size()] == ' ';
    }
    std::string_view rest_;
    char const* where_;
    char const* mend_;
};

} // namespace fanlight::protocol
