// TOML text -> Agreement. The only file of this room that sees the TOML library. The language is strict: every key is
// known, every value has one type, and a finding says the line, the table and the mend.

#include "base/limits.hpp"
#include "policy/parse_parts.hpp"
#include "policy/text.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>

namespace fanlight::policy {
namespace {

constexpr std::size_t name_bytes_max = 100;
constexpr std::size_t text_bytes_max = 1000;

std::uint32_t line_of(toml::node const& node) {
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
    template <class T> std::optional<T> parsed(std::string const& key, Result<T> (*parse)(std::string_view)) {
        auto const* node = take(key, Need::required);
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
                  need == Need::optional ? "Leave the key out if it applies to all." : "List at least one.");
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

/// The tables of the file, in the order in which docs/agreement.md explains them.
class Reader {
  public:
    Reader(Report& report, toml::table const& root) : report_(report), root_(root) {}

    std::optional<Agreement> read() {
        auto coordinator = head();
        // Any valid name does until all is read: with an error, no agreement leaves.
        Agreement agreement{.coordinator = coordinator ? std::move(*coordinator) : PartyId::parse("nobody").value()};
        head(agreement);
        for_each("party", parties_max, [&](Section& section) { party(section, agreement); });
        std::sort(agreement.parties.begin(), agreement.parties.end(),
                  [](Party const& a, Party const& b) { return a.id < b.id; });
        keys(agreement.keys);
        budgets(agreement.budgets);
        for_each("purpose", purposes_max, [&](Section& section) { purpose(section, agreement); });
        for_each("route", routes_max, [&](Section& section) { route(section, agreement); });
        matching(agreement.matching);
        release(agreement.release);
        retention(agreement.retention);
        rules(agreement.rules);
        wording(agreement);
        for_each("clause", clauses_max, [&](Section& section) { clause(section, agreement); });
        Section root(report_, root_, "agreement file");
        for (auto const* key : {"agreement", "party", "keys", "budgets", "purpose", "route", "matching", "release",
                                "retention", "rules", "wording", "clause"})
            root.take(key, Need::optional);
        root.finish();
        if (report_.has_error()) return std::nullopt;
        return agreement;
    }

  private:
    toml::table const* table(std::string const& key, Need need = Need::required) {
        auto const* node = root_.get(key);
        if (node == nullptr && need == Need::optional) return nullptr;
        if (node != nullptr && node->is_table()) return node->as_table();
        report_.error(node == nullptr ? 0 : line_of(*node), key, "There is no table [" + key + "].",
                      "Write it with single brackets.");
        return nullptr;
    }

    template <class Read> void for_each(std::string const& key, std::size_t count_max, Read const& read) {
        auto const* node = root_.get(key);
        auto const* array = node == nullptr ? nullptr : node->as_array();
        bool const tables = array != nullptr && !array->empty() && array->is_homogeneous<toml::table>();
        if (!tables || array->size() > count_max) {
            report_.error(node == nullptr ? 0 : line_of(*node), key,
                          "There are not 1 to " + std::to_string(count_max) + " tables [[" + key + "]].",
                          "Write each with double brackets.");
            return;
        }
        for (std::size_t i = 0; i < array->size(); ++i) {
            auto const& one = *array->get_as<toml::table>(i);
            auto const id = one["id"].value<std::string>().value_or("");
            bool const shown = !id.empty() && id.size() <= name_bytes_max && unfit_text(id) == nullptr;
            Section section(report_, one, key + " " + (shown ? id : "number " + std::to_string(i + 1)));
            read(section);
            section.finish();
        }
    }

    std::optional<PartyId> head() {
        auto const* found = table("agreement");
        if (found == nullptr) return std::nullopt;
        return Section(report_, *found, "agreement").parsed("coordinator", PartyId::parse);
    }

    void head(Agreement& agreement) {
        auto const* found = root_["agreement"].as_table();
        if (found == nullptr) return;
        Section section(report_, *found, "agreement");
        section.take("coordinator", Need::optional); // read above
        agreement.name = section.text("name", name_bytes_max);
        agreement.version = section.number("version");
        agreement.mode = section.flag("practice") ? Mode::practice : Mode::live;
        agreement.domain = section.text("domain", name_bytes_max);
        agreement.effective_from = section.parsed("effective_from", parse_instant).value_or(Instant());
        agreement.review_by = section.parsed("review_by", parse_day).value_or(Day());
        section.finish();
    }

    static void party(Section& section, Agreement& agreement) {
        auto id = section.parsed("id", PartyId::parse);
        Party party{.id = id ? std::move(*id) : agreement.coordinator};
        party.name = section.text("name", name_bytes_max);
        party.organisation = section.text("organisation", name_bytes_max);
        party.supplier = section.text("supplier", name_bytes_max);
        party.role = section.text("role", name_bytes_max);
        auto const asked = section.parsed("asked", parse_asked);
        party.asked = asked.value_or(Asked::core);
        party.sensitive = section.flag("sensitive", false);
        party.dates_only = section.flag("dates_only", false);
        bool const enrols = asked && *asked != Asked::never;
        party.people = section.number("people", enrols ? Need::required : Need::optional);
        if (party.sensitive) party.nightly_batches = section.number("nightly_batches");
        party.signing_key = section.text("signing_key", text_bytes_max);
        party.officer = section.text("officer", text_bytes_max);
        party.dpo = section.text("dpo", text_bytes_max);
        party.duty_contact = section.text("duty_contact", name_bytes_max * 2);
        agreement.parties.push_back(std::move(party));
    }

    void keys(KeyHolders& keys) {
        auto const* found = table("keys");
        if (found == nullptr) return;
        Section section(report_, *found, "keys");
        keys.threshold = section.small_number("threshold");
        keys.holders = section.parsed_list("holders", PartyId::parse, Need::required);
        keys.epoch_days = section.number("epoch_days");
        section.finish();
    }

    void budgets(Budgets& budgets) {
        auto const* found = table("budgets");
        if (found == nullptr) return;
        Section section(report_, *found, "budgets");
        budgets.query_evaluations_per_day = section.number("query_evaluations_per_day");
        budgets.enrol_evaluations_per_person = section.number("enrol_evaluations_per_person");
        budgets.enrol_delta_percent_per_day = section.number("enrol_delta_percent_per_day");
        budgets.slots_per_day = section.number("slots_per_day");
        section.finish();
    }

    static void purpose(Section& section, Agreement& agreement) {
        Purpose purpose;
        purpose.id = section.text("id", name_bytes_max);
        purpose.name = section.text("name", name_bytes_max);
        purpose.domestic_abuse = section.flag("domestic_abuse");
        purpose.lawful_basis = section.text("lawful_basis", text_bytes_max);
        agreement.purposes.push_back(std::move(purpose));
    }

    static void route(Section& section, Agreement& agreement) {
        Route route;
        route.id = section.text("id", name_bytes_max);
        route.name = section.text("name", name_bytes_max);
        route.reply_within = section.parsed("reply_within", parse_duration).value_or(Duration());
        agreement.routes.push_back(std::move(route));
    }

    void matching(Matching& matching) {
        auto const* found = table("matching");
        if (found == nullptr) return;
        Section section(report_, *found, "matching");
        matching.version = section.number("version");
        matching.sure = section.points("sure");
        matching.unsure = section.points("unsure");
        matching.minimum_anchors = section.number("minimum_anchors");
        if (auto const* points = section.take("points", Need::required); points != nullptr && points->is_table()) {
            points_by_feature(*points->as_table(), matching.points);
        } else if (points != nullptr) {
            section.error(*points, "points", "It is not a table.", "Write it as [matching.points].");
        }
        section.finish();
    }

    /// Which features there are depends on the matching version: whoever loads the agreement compares them.
    void points_by_feature(toml::table const& table, std::map<std::string, std::int32_t>& points) {
        Section section(report_, table, "matching.points");
        if (table.size() > points_max) {
            report_.error(line_of(table), "matching.points", "There are more than " + std::to_string(points_max) + ".",
                          "Leave out those of the fewest points.");
            return;
        }
        for (auto const& [key, node] : table) {
            if (key.str().size() > name_bytes_max || unfit_text(key.str()) != nullptr) continue; // finish() names it
            points[std::string(key.str())] = section.points(std::string(key.str()));
        }
        section.finish();
    }

    void release(Release& release) {
        auto const* found = table("release");
        if (found == nullptr) return;
        Section section(report_, *found, "release");
        release.automatic_after = section.parsed("automatic_after", parse_duration).value_or(Duration());
        release.sensitive_after = section.parsed("sensitive_after", parse_duration).value_or(Duration());
        release.query_lives = section.parsed("query_lives", parse_duration).value_or(Duration());
        release.rating_fresh_days = section.number("rating_fresh_days");
        release.source_fresh_days = section.number("source_fresh_days");
        release.night_hour_utc = section.small_number("night_hour_utc");
        section.finish();
    }

    void retention(Retention& retention) {
        auto const* found = table("retention", Need::optional);
        if (found == nullptr) return;
        Section section(report_, *found, "retention");
        retention.linked_cases_days = section.number("linked_cases_days");
        section.finish();
    }

    void rules(Rules& rules) {
        auto const* found = table("rules");
        if (found == nullptr) return;
        Section section(report_, *found, "rules");
        rules.blue_where_domestic_abuse = section.flag("blue_where_domestic_abuse");
        rules.individual_rating = section.flag("individual_rating");
        rules.result_clause = section.text("result_clause", name_bytes_max);
        rules.dash_high = section.number("dash_high");
        section.finish();
    }

    void wording(Agreement& agreement) {
        auto const* found = table("wording", Need::optional);
        if (found == nullptr) return;
        Section all(report_, *found, "wording");
        for (auto const& [key, node] : *found) {
            auto const role = PartyId::parse(key.str()); // roles have the same form
            if (!role || !node.is_table()) continue;     // finish() names it
            all.take(role.value().text(), Need::required);
            Section section(report_, *node.as_table(), "wording." + role.value().text());
            auto& colours = agreement.wording[role.value().text()];
            for (auto const colour : {Colour::red, Colour::amber, Colour::green, Colour::blue})
                colours[colour] = section.text(policy::name(colour), text_bytes_max);
            section.finish();
        }
        all.finish();
    }

    static void clause(Section& section, Agreement& agreement) {
        Clause clause;
        clause.id = section.text("id", name_bytes_max);
        clause.text = section.text("text", text_bytes_max);
        clause.stage = section.small_number("stage");
        clause.fields = section.parsed_list("fields", parse_data_field, Need::required);
        clause.roles = section.texts("roles", Need::optional);
        clause.purposes = section.texts("purposes", Need::optional);
        clause.routes = section.texts("routes", Need::optional);
        clause.colours = section.parsed_list("colours", parse_colour, Need::optional);
        clause.when = section.parsed_list("when", parse_condition, Need::required);
        agreement.clauses.push_back(std::move(clause));
    }

    Report& report_;
    toml::table const& root_;
};

/// What the library says, which may quote the end of a line, as one line.
std::string said(toml::parse_error const& error) {
    std::string text(error.description());
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c >= 0 && c < 0x20; }, ' ');
    return unfit_text(text) == nullptr ? text + "." : "It is not TOML.";
}

} // namespace

ParsedAgreement parse_agreement(std::string_view text) {
    Report report;
    ParsedAgreement parsed;
    if (auto const unfit = unfit_document(text)) {
        report.error(unfit->line, "agreement file", unfit->text, unfit->mend);
        parsed.findings = std::move(report).take();
        return parsed;
    }
    try {
        auto const root = toml::parse(text);
        parsed.agreement = Reader(report, root).read();
    } catch (toml::parse_error const& error) {
        report.error(error.source().begin.line, "agreement file", said(error),
                     "Write it as TOML (toml.io); docs/agreement.md has an example.");
    }
    if (parsed.agreement) {
        for (auto& finding : check(*parsed.agreement)) report.add_checked(std::move(finding));
        if (report.has_error()) parsed.agreement.reset();
    }
    parsed.findings = std::move(report).take();
    return parsed;
}

} // namespace fanlight::policy
