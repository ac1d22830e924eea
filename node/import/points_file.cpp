// toml++'s own messages are not passed on: they quote their input.
#include "node/import/points_file.hpp"

#include "policy/text.hpp"

#include <toml++/toml.h>

#include <optional>

namespace fanlight::node {

namespace {

std::uint64_t line_of(toml::node const& node) {
    return node.source().begin.line;
}

/// Of a signed note the text: signatures begin after an empty line (c2sp.org/signed-note).
std::string_view without_signatures(std::string_view text) {
    constexpr std::string_view signatures = "\n\n\xE2\x80\x94 ";
    auto const end = text.rfind(signatures);
    return end == std::string_view::npos ? text : text.substr(0, text.find(signatures) + 1);
}

Result<std::int32_t> whole_number(toml::node const& node, char const* where) {
    auto const value = node.is_integer() ? node.value<std::int64_t>() : std::optional<std::int64_t>();
    if (!value || *value > points_max || *value < -points_max)
        return fail(Errc::malformed, where, "Write a whole number from -100000 to 100000.", line_of(node));
    return static_cast<std::int32_t>(*value);
}

Result<std::int32_t> number_at(toml::table const& table, char const* key, char const* where) {
    auto const* node = table.get(key);
    if (node == nullptr)
        return fail(Errc::malformed, where, "It is not there. Write it as a whole number.", line_of(table));
    return whole_number(*node, where);
}

Result<std::map<std::string, std::int32_t>> read_points(toml::table const& matching) {
    auto const* const node = matching.get("points");
    if (node == nullptr || !node->is_table())
        return fail(Errc::malformed, "[matching.points]", "There is no such table. `fanlight match learn` writes one.",
                    line_of(matching));
    auto const& table = *node->as_table();
    if (table.size() > points_features_max)
        return fail(Errc::too_large, "[matching.points]", "There are more than 20,000 features.", line_of(table));
    std::map<std::string, std::int32_t> points;
    for (auto const& [key, value] : table) {
        if (!protocol::feature_of(key.str()))
            return fail(Errc::malformed, "[matching.points]: feature",
                        "It is none of this version. Use the names that `fanlight match learn` writes.",
                        line_of(value));
        FANLIGHT_TRY(auto const number, whole_number(value, "[matching.points]: points of a feature"));
        points.emplace(key.str(), number);
    }
    if (points.empty())
        return fail(Errc::malformed, "[matching.points]", "It is empty. `fanlight match learn` writes points.",
                    line_of(table));
    return points;
}

Result<PointsFile> read_matching(toml::table const& matching) {
    PointsFile file;
    FANLIGHT_TRY(auto const version, number_at(matching, "version", "[matching]: version"));
    if (version != static_cast<std::int32_t>(protocol::matching_version))
        return fail(Errc::version_mismatch, "[matching]: version",
                    "The file is of another version of matching than this program. Learn the points again with it.",
                    line_of(matching));
    file.version = protocol::matching_version;
    FANLIGHT_TRY(auto const sure, number_at(matching, "sure", "[matching]: sure"));
    FANLIGHT_TRY(auto const unsure, number_at(matching, "unsure", "[matching]: unsure"));
    if (unsure > sure)
        return fail(Errc::malformed, "[matching]: unsure", "It is above `sure`. Lower it.", line_of(matching));
    file.thresholds = {sure, unsure};
    FANLIGHT_TRY(auto points, read_points(matching));
    file.points = std::move(points);
    return file;
}
} // namespace

Result<PointsFile> parse_points(std::string_view text) {
    constexpr auto where = "points file";
    if (text.size() > points_file_bytes_max) return fail(Errc::too_large, where, "At most 1 MiB.");
    auto const toml = without_signatures(text);
    if (auto const unfit = policy::unfit_document(toml)) return fail(Errc::malformed, where, unfit->mend, unfit->line);
    try {
        toml::table const parsed = toml::parse(toml);
        auto const* const node = parsed.get("matching");
        if (node != nullptr && node->is_table()) return read_matching(*node->as_table());
        return fail(Errc::missing, "[matching]", "The file has no such table. `fanlight match learn` writes one.");
    } catch (toml::parse_error const& error) {
        return fail(Errc::malformed, where, "This line is not TOML.", error.source().begin.line);
    }
}

std::string points_text(PointsFile const& file, std::vector<std::string> const& comments) {
    std::string text;
    for (auto const& comment : comments) {
        text += "# ";
        // A file name with a line break in it must not become a line of TOML.
        for (auto const letter : comment) text += static_cast<unsigned char>(letter) < 0x20 ? '?' : letter;
        text += "\n";
    }
    text += "\n[matching]\nversion = " + std::to_string(file.version) +
            "\nsure = " + std::to_string(file.thresholds.sure) +
            "\nunsure = " + std::to_string(file.thresholds.unsure) + "\n\n[matching.points]\n";
    for (auto const& [feature, value] : file.points) text += "\"" + feature + "\" = " + std::to_string(value) + "\n";
    return text;
}

} // namespace fanlight::node
