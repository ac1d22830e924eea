#pragma once
// One table of an agreement, read key by key. The only header of this room that sees the TOML library; for parse.cpp
// alone.

#include "policy/parse_parts.hpp"
#include "policy/text.hpp"

#include <toml++/toml.h>

#include <limits>
#include <set>

namespace fanlight::policy {

inline constexpr std::size_t name_bytes_max = 100;
inline constexpr std::size_t text_bytes_max = 1000;

inline std::uint32_t line_of(toml::node const& node) {
    return node.source().begin.line;
}

enum class Need : bool { optional, required };

/// One table: each key is asked for once by type; finish() names those that nobody asked for. A value that does not fit
/// becomes a finding and an empty value, so that one reading finds everything.
class Section {
  public:
    Section(Report& report, toml::table const& table, std::string place)
        : report_(report), table_(table), place_(std::move(place)) {
        report_.stands(place_, line_of(table_));
    }
    std::string const& place() const { return place_; }

    void error(toml::node const& node, std::string const& key, std::string text, std::string mend) {
        report_.error(line_of(node), place_ + ", " + key, std::move(text), std::move(mend));
    }

    toml::node const* take(std::string const& key, Need need) {
        taken_.insert(key);
        auto const* node = table_.get(key);
        if (node == nullptr && need == Need::required)
            report_.error(line_of(table_), place_, "There is no " + key + ".", "Add it; every agreement says it.");
        return node;
    }

    /// Empty if it is not there or does not fit.
    std::string text(std::string const& key, std::size_t bytes_max, Need need = Need::required) {
        auto const* node = take(key, need);
        return node == nullptr ? std::string() : text_of(*node, key, bytes_max);
    }

    /// 0 if it is not there or does not fit.
    std::uint32_t number(std::string const& key, Need need = Need::required) {
        auto const* node = take(key, need);
        if (node == nullptr) return 0;
        auto const value = node->value_exact<std::int64_t>();
        if (value && *value >= 0 && *value <= std::numeric_limits<std::uint32_t>::max())
            return static_cast<std::uint32_t>(*value);
        error(*node, key, "It is not a whole number from 0 to 4294967295.", "Write it as 90, without quotation marks.");
        return 0;
    }

    /// Either sign. 0 if it is not there or does not fit.
    std::int32_t points(std::string const& key) {
        auto const* node = take(key, Need::required);
        if (node == nullptr) return 0;
        auto const value = node->value_exact<std::int64_t>();
        if (value && *value >= -points_each_max && *value <= points_each_max) return static_cast<std::int32_t>(*value);
        error(*node, key, "It is not a whole number from -100000 to 100000.", "Write it as 90 or -90.");
        return 0;
    }

    std::uint8_t small_number(std::string const& key) {
        auto const value = number(key);
        if (value <= 255) return static_cast<std::uint8_t>(value);
        error(*table_.get(key), key, "It is over 255.", "Write a smaller number.");
        return 0;
    }

    bool flag(std::string const& key, std::optional<bool> otherwise = std::nullopt) {
        auto const* node = take(key, otherwise ? Need::optional : Need::required);
        if (node == nullptr) return otherwise.value_or(false);
        if (auto const value = node->value_exact<bool>()) return *value;
        error(*node, key, "It is neither true nor false.", "Write true or false, without quotation marks.");
        return false;
    }

    /// Through a parser of the domain: Result<T> parse(std::string_view).
    template <class T>
    std::optional<T> parsed(std::string const& key, Result<T> (*parse)(std::string_view), Need need = Need::required) {
        auto const* node = take(key, need);
        return node == nullptr ? std::nullopt : parsed_of(*node, key, parse);
    }

    /// A list of texts. A list that is there is not empty: `roles = []` would read as "nobody" and mean "everybody".
    std::vector<std::string> texts(std::string const& key, Need need) {
        std::vector<std::string> values;
        for (auto const* node : list(key, need)) values.push_back(text_of(*node, key, name_bytes_max * 2));
        return values;
    }
    template <class T>
    std::vector<T> parsed_list(std::string const& key, Result<T> (*parse)(std::string_view), Need need) {
        std::vector<T> values;
        for (auto const* node : list(key, need)) {
            if (auto value = parsed_of(*node, key, parse)) values.push_back(std::move(*value));
        }
        return values;
    }

    void finish() {
        for (auto const& [key, node] : table_) {
            if (taken_.count(key.str()) != 0) continue;
            auto const shown = unfit_text(key.str()) == nullptr ? std::string(key.str().substr(0, name_bytes_max)) : "";
            report_.error(key.source().begin.line, place_, "There is no key '" + shown + "'.", mend_of_unknown(shown));
        }
    }

  private:
    std::string text_of(toml::node const& node, std::string const& key, std::size_t bytes_max) {
        auto const value = node.value_exact<std::string>();
        if (!value) {
            error(node, key, "It is not a text.", "Write it in quotation marks.");
        } else if (value->empty() || value->size() > bytes_max) {
            error(node, key, "It is empty or over " + std::to_string(bytes_max) + " bytes.", "Say it in fewer words.");
        } else if (auto const* wrong = unfit_text(*value); wrong != nullptr) {
            error(node, key, std::string("It ") + wrong + ".", "Retype it as one line of plain text.");
        } else if (value->find("@@") != std::string::npos) {
            error(node, key, "It still has a placeholder of the template.", "Fill it in.");
        } else {
            return *value;
        }
        return {};
    }

    template <class T>
    std::optional<T> parsed_of(toml::node const& node, std::string const& key, Result<T> (*parse)(std::string_view)) {
        auto const text = text_of(node, key, name_bytes_max);
        if (text.empty()) return std::nullopt;
        auto value = parse(text);
        if (value) return std::move(value).value();
        error(node, key, "'" + text + "' does not fit here.", value.error().mend);
        return std::nullopt;
    }

    std::vector<toml::node const*> list(std::string const& key, Need need) {
        auto const* node = take(key, need);
        if (node == nullptr) return {};
        auto const* array = node->as_array();
        if (array == nullptr || array->empty() || array->size() > list_max) {
            error(*node, key, "It is not a list of 1 to " + std::to_string(list_max) + " entries.",
                  need == Need::optional ? "List one, or leave the key out: docs/agreement.md says what that means."
                                         : "List at least one.");
            return {};
        }
        std::vector<toml::node const*> nodes;
        for (auto const& one : *array) nodes.push_back(&one);
        return nodes;
    }

    Report& report_;
    toml::table const& table_;
    std::string place_;
    std::set<std::string, std::less<>> taken_;
};

} // namespace fanlight::policy
