// TOML text -> Agreement. The language is strict: every key is known, every value has one type, and a finding says the
// line, the table and the mend.

#include "policy/parse_section.hpp"

#include <algorithm>

namespace fanlight::policy {
namespace {

/// The tables of the file, in the order in which docs/agreement.md explains them.
class Reader {
  public:
    Reader(Report& report, toml::table const& root) : report_(report), root_(root) {}

    std::optional<Agreement> read() {
        auto coordinator = head();
        // Any valid name does until all is read: with an error, no agreement leaves.
        Agreement agreement{.coordinator = coordinator ? std::move(*coordinator) : PartyId::parse("nobody").value()};
        head(agreement);
        for_each("party", parties_max, Need::required, [&](Section& section) { party(section, agreement); });
        std::sort(agreement.parties.begin(), agreement.parties.end(),
                  [](Party const& a, Party const& b) { return a.id < b.id; });
        keys(agreement.keys);
        budgets(agreement.budgets);
        for_each("purpose", purposes_max, Need::required, [&](Section& section) { purpose(section, agreement); });
        for_each("route", routes_max, Need::required, [&](Section& section) { route(section, agreement); });
        for_each("basis", bases_max, Need::optional, [&](Section& section) { basis(section, agreement); });
        for_each("document", documents_max, Need::optional, [&](Section& section) { document(section, agreement); });
        for_each("outcome", outcomes_max, Need::optional, [&](Section& section) { outcome(section, agreement); });
        matching(agreement.matching);
        release(agreement.release);
        retention(agreement.retention);
        rules(agreement.rules);
        wording(agreement);
        for_each("clause", clauses_max, Need::required, [&](Section& section) { clause(section, agreement); });
        Section root(report_, root_, "agreement file");
        for (auto const* key : {"agreement", "party", "keys", "budgets", "purpose", "route", "basis", "document",
                                "outcome", "matching", "release", "retention", "rules", "wording", "clause"})
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

    /// What must be there of the optional tables, check() says: it knows for whom.
    template <class Read> void for_each(std::string const& key, std::size_t count_max, Need need, Read const& read) {
        auto const* node = root_.get(key);
        if (node == nullptr && need == Need::optional) return;
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
        agreement.removes = section.parsed_list("removes", PartyId::parse, Need::optional);
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
        party.fixed_time_replies = section.flag("fixed_time_replies", false);
        party.archive_of = section.text("archive_of", name_bytes_max, Need::optional);
        party.working_days = section.parsed_list("working_days", parse_weekday, Need::optional);
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
        purpose.sources = section.parsed_list("sources", parse_source, Need::optional);
        agreement.purposes.push_back(std::move(purpose));
    }

    static void basis(Section& section, Agreement& agreement) {
        LawfulBasis basis;
        basis.roles = section.texts("roles", Need::optional);
        basis.purposes = section.texts("purposes", Need::optional);
        basis.article_6 = section.text("article_6", text_bytes_max);
        basis.article_9 = section.text("article_9", text_bytes_max, Need::optional);
        basis.article_10 = section.text("article_10", text_bytes_max, Need::optional);
        basis.schedule_1 = section.text("schedule_1", text_bytes_max, Need::optional);
        basis.gateways = section.texts("gateways", Need::optional);
        agreement.bases.push_back(std::move(basis));
    }

    static void document(Section& section, Agreement& agreement) {
        auto const kind = section.parsed("kind", parse_document_kind);
        Document document{kind.value_or(DocumentKind::dpia), section.text("title", name_bytes_max * 2)};
        document.roles = section.texts("roles", Need::optional);
        document.dated = section.parsed("dated", parse_day).value_or(Day());
        document.review_by = section.parsed("review_by", parse_day).value_or(Day());
        agreement.documents.push_back(std::move(document));
    }

    static void outcome(Section& section, Agreement& agreement) {
        Outcome outcome{section.text("id", name_bytes_max), section.text("name", name_bytes_max * 2)};
        auto const level = section.parsed("level", parse_outcome_level);
        outcome.level = level.value_or(OutcomeLevel::other_agency);
        outcome.where_domestic_abuse = section.flag("where_domestic_abuse", outcome.level != OutcomeLevel::closure);
        outcome.needs_consent_state = section.flag("needs_consent_state", false);
        agreement.outcomes.push_back(std::move(outcome));
    }

    static void route(Section& section, Agreement& agreement) {
        Route route;
        route.id = section.text("id", name_bytes_max);
        route.name = section.text("name", name_bytes_max);
        route.reply_within = section.parsed("reply_within", parse_duration).value_or(Duration());
        route.meeting_within = section.parsed("meeting_within", parse_duration, Need::optional).value_or(Duration());
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
        rules.blue_reason = section.text("blue_reason", text_bytes_max, Need::optional);
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
        clause.to = section.texts("to", Need::optional);
        clause.about = section.parsed_list("about", parse_subject, Need::optional);
        clause.purposes = section.texts("purposes", Need::optional);
        clause.routes = section.texts("routes", Need::optional);
        clause.colours = section.parsed_list("colours", parse_own_colour, Need::optional);
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
