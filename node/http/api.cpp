#include "node/http/api.hpp"

#include "crypto/text.hpp"
#include "node/http/case_view.hpp"
#include "node/http/key_view.hpp"
#include "node/http/log_heads.hpp"
#include "node/http/matches_view.hpp"
#include "node/http/register_view.hpp"
#include "node/http/rehearse_view.hpp"
#include "node/http/replies.hpp"
#include "node/http/rotation_view.hpp"
#include "node/import/family_file.hpp"
#include "node/import/people_csv.hpp"
#include "node/log/check_openings.hpp"
#include "node/log/verify.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/json.hpp>

#include <charconv>

namespace fanlight::node {

namespace json = boost::json;

namespace {

constexpr Duration wait_for_news = std::chrono::seconds(20);
constexpr auto no_ceremony =
    "There was none here. The coordinator's administrator starts one: fanlight ceremony start.";

json::object counts_of(ImportReport const& report) {
    json::array problems;
    for (auto const& problem : report.problems)
        problems.push_back({{"row", problem.row}, {"column", problem.column}, {"text", problem.text}});
    json::array quality;
    for (std::size_t i = 0; i < quality_kinds; ++i) {
        auto const& found = report.quality[i];
        if (found.count == 0) continue;
        json::array places;
        for (auto const& place : found.places) places.push_back({{"row", place.row}, {"column", place.column}});
        auto const kind = static_cast<Quality>(i);
        quality.push_back(
            {{"kind", name(kind)}, {"text", describe(kind)}, {"count", found.count}, {"places", std::move(places)}});
        if (kind != Quality::entered_several_times) continue;
        json::array people;
        for (auto const& rows : report.same_person) people.push_back(json::array(rows.begin(), rows.end()));
        auto& same = quality.back().as_object();
        same["people"] = report.same_person_count;
        same["rows_of_each"] = std::move(people);
    }
    return {{"rows", report.rows},
            {"rated", report.rated},
            {"without_date_of_birth", report.without_date_of_birth},
            {"without_nhs_number", report.without_nhs_number},
            {"too_little_to_match", report.count(Quality::too_little_to_match)},
            {"placeholders", report.count(Quality::placeholder)},
            {"entered_several_times", report.same_person_count},
            {"quality", std::move(quality)},
            {"problem_count", report.problem_count},
            {"problems", std::move(problems)},
            {"text", report_text(report)}};
}

json::object index_view(protocol::Node const& node, protocol::Enrolment const& enrolment, Instant now) {
    json::object out{{"people", enrolment.people()},
                     {"enrolled", std::uint64_t(0)},
                     {"complete", false},
                     {"source_fresh", enrolment.fresh(now)}};
    if (enrolment.imported_at() != Instant{}) out["imported_at"] = to_text(enrolment.imported_at());
    // The epoch that queries use; before there is one, the epoch that is being prepared.
    auto const* epoch = node.epochs().open() != nullptr ? node.epochs().open() : node.epochs().preparing();
    for (auto const& progress : enrolment.progress(now)) {
        if (epoch == nullptr || progress.epoch != epoch->number) continue;
        out["enrolled"] = progress.enrolled;
        out["complete"] = progress.complete;
    }
    return out;
}

/// Where the log stands, who witnesses it, and why nothing is disclosed, if so.
json::object log_status(Core& core) {
    auto out = heads_view(core.node().log_keeper(), core.self());
    out.erase("note");
    out["origin"] = core.log().head().origin;
    out["size"] = core.log().size() + core.unpublished();
    auto reason = core.node().registrar().silent(core.now());
    if (!reason) reason = core.node().log_keeper().silent(core.now());
    if (reason) out["silent"] = policy::in_words(*reason);
    out["unwitnessed"] = reason == policy::Reason::unwitnessed;
    out.erase("unwitnessed_since"); // comes and goes; `fanlight log heads` has it
    return out;
}

json::object status_view(Core& core) {
    auto const& node = core.node();
    auto const& agreement = core.agreement();
    auto const& self = core.self();
    auto const now = core.now();
    json::object out{{"party", self.party.text()},
                     {"name", agreement.find(self.party)->name},
                     {"mode", name(agreement.mode)},
                     {"agreement", agreement.name},
                     {"agreement_version", agreement.version},
                     {"agreement_id", crypto::to_hex(agreement.id.view())},
                     {"epochs", epochs_view(node, self, now)},
                     {"ceremony", ceremony_view(node.ceremony(), self)},
                     {"log", log_status(core)}};
    if (auto budgets = budgets_view(node, now); !budgets.empty()) out["budgets"] = std::move(budgets);
    if (auto quotas = quotas_view(node, now); !quotas.empty()) out["quotas"] = std::move(quotas);
    if (auto const restored = node.key_holder().restored_at(); restored != Instant{})
        out["restored_at"] = to_text(restored);
    json::array links;
    for (auto const& party : agreement.parties) {
        bool const direct = self.is_coordinator() ? party.id != self.party : party.id == agreement.coordinator;
        if (!direct) continue;
        links.push_back(
            {{"party", party.id.text()}, {"connected", node.is_up(party.id)}, {"waiting", node.waiting(party.id)}});
    }
    out["links"] = std::move(links);
    if (node.agency() != nullptr) {
        auto const& enrolment = node.agency()->enrolment();
        out["index"] = index_view(node, enrolment, now);
        out["enrolment"] = enrolment_view(enrolment, now);
    }
    if (node.coordinator() != nullptr) out["cases"] = node.coordinator()->cases().size();
    return out;
}

json::object verified_view(LogReport const& report, CheckedOpenings const& openings) {
    json::object by_class;
    for (std::size_t i = 1; i < report.by_class.size(); ++i) {
        auto const kind = crypto::parse_leaf_class(static_cast<std::uint8_t>(i));
        if (kind && report.by_class[i] != 0) by_class[crypto::name(kind.assume_value())] = report.by_class[i];
    }
    json::object out{{"verified", true},
                     {"origin", report.head.origin},
                     {"leaves", report.leaves},
                     {"root", crypto::to_base64(report.head.root.view())},
                     {"openings", openings.checked},
                     {"fillers", openings.fillers},
                     {"erased_fields", openings.erased_fields},
                     {"by_class", std::move(by_class)}};
    if (openings.lost != 0) {
        out["openings_lost"] = openings.lost;
        out["restored_at"] = to_text(openings.restored_at);
    }
    return out;
}

/// The number of a query parameter, 0 if it is not there or no number.
std::uint64_t number_parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        auto const end = std::min(query.find('&'), query.size());
        auto const part = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (!part.starts_with(name) || part.size() <= name.size() || part[name.size()] != '=') continue;
        std::uint64_t value = 0;
        auto const digits = part.substr(name.size() + 1);
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return value;
    }
    return 0;
}

} // namespace

struct Api::Workers {
    boost::asio::thread_pool pool{1};
};

Api::Api(Core& core) : core_(core), workers_(std::make_unique<Workers>()) {
    log_ = std::make_unique<LogApi>(core,
                                    [this](LogApi::Work work) { boost::asio::post(workers_->pool, std::move(work)); });
}
Api::~Api() {
    workers_->pool.join();
}

void Api::handle(HttpRequest request, HttpRespond respond) {
    auto const [path, query] = split(request.target);
    constexpr std::string_view cases = "/v1/cases/";
    if (request.method == "GET" && path == "/v1/status") {
        core_.look([respond](Core& core) { respond(reply(200, status_view(core))); });
    } else if (request.method == "POST" && path == "/v1/cases") {
        submit(std::move(request.body), std::move(respond));
    } else if (request.method == "GET" && path.starts_with(cases)) {
        auto const bytes = crypto::from_hex(path.substr(cases.size()));
        auto const id = bytes ? CaseId::parse(bytes.assume_value()) : Result<CaseId>(bytes.as_failure());
        if (!id) return respond(failed({Errc::malformed, "case id", "Take it from the answer to the query."}));
        look_at_case(id.assume_value(), number_parameter(query, "after"), std::move(respond));
    } else if (request.method == "POST" && path == "/v1/people") {
        import(std::move(request), std::move(respond));
    } else if (request.method == "GET" && path == "/v1/ceremony") {
        core_.look([respond](Core& core) {
            auto view = ceremony_view(core.node().ceremony(), core.self());
            if (view.empty()) return respond(failed({Errc::missing, "ceremony", no_ceremony}));
            respond(reply(200, view));
        });
    } else if (request.method == "POST" && path == "/v1/ceremony") {
        auto plan = parse_ceremony_plan(request.body);
        if (!plan) return respond(failed(plan.assume_error()));
        ceremony_event(protocol::CeremonyStarted{std::move(plan).assume_value()}, std::move(respond));
    } else if (request.method == "POST" && path == "/v1/ceremony/join") {
        auto typed = parse_fingerprint(request.body);
        if (!typed) return respond(failed(typed.assume_error()));
        ceremony_event(protocol::CeremonyJoined{std::move(typed).assume_value()}, std::move(respond));
    } else if (request.method == "POST" && path == "/v1/ceremony/abandon") {
        ceremony_event(protocol::CeremonyAbandoned{}, std::move(respond));
    } else if (request.method == "POST" && path == "/v1/epoch/open") {
        core_.post(protocol::EpochOpening{}, [this, respond](Result<void> done) {
            if (!done) return respond(failed(done.assume_error()));
            core_.look([respond](Core& core) {
                respond(reply(200, {{"epochs", epochs_view(core.node(), core.self(), core.now())}}));
            });
        });
    } else if (request.method == "GET" && path == "/v1/keys") {
        core_.look([respond](Core& core) { respond(reply(200, rotation_view(core))); });
    } else if (request.method == "POST" && path == "/v1/keys/rotate") {
        rotate(request.body, std::move(respond));
    } else if (path.starts_with("/v1/register") || path.starts_with("/v1/agreement")) {
        of_register(std::move(request), std::move(respond));
    } else if (request.method == "GET" && path == "/v1/matches") {
        show_matches(std::move(respond));
    } else if (path == "/v1/log" || path.starts_with("/v1/log/")) {
        of_log(std::move(request), std::move(respond));
    } else {
        respond(reply(404, {{"error", "There is nothing at this path."}, {"code", "missing"}}));
    }
}

void Api::of_log(HttpRequest request, HttpRespond respond) {
    if (request.method == "GET" && split(request.target).path == "/v1/log/verify")
        verify(std::move(respond));
    else
        log_->handle(std::move(request), std::move(respond));
}

void Api::rotate(std::string const& body, HttpRespond respond) {
    auto order = parse_rotation_order(body);
    if (!order) return respond(failed(order.assume_error()));
    core_.rotate(std::move(order).assume_value(), [this, respond = std::move(respond)](Result<void> done) {
        if (!done) return respond(failed(done.assume_error()));
        core_.look([respond](Core& core) { respond(reply(200, rotation_view(core))); });
    });
}

void Api::of_register(HttpRequest request, HttpRespond respond) {
    auto const [path, query] = split(request.target);
    constexpr std::string_view notes = "/v1/register/notes/";
    if (request.method == "GET" && path == "/v1/register") {
        core_.look([respond](Core& core) { respond(reply(200, register_view(core.node(), core.self(), core.now()))); });
    } else if (request.method == "GET" && path.starts_with(notes)) {
        core_.look([respond, which = std::string(path.substr(notes.size()))](Core& core) {
            auto note = register_note(core.node().registrar(), core.self(), which);
            if (!note) return respond(failed(note.assume_error()));
            respond(reply(200, {{"note", std::move(note).assume_value()}}));
        });
    } else if (request.method == "POST" && path == "/v1/register") {
        propose(std::move(request.body), std::move(respond));
    } else if (request.method == "POST" && path == "/v1/agreement/rehearse") {
        rehearse(std::move(request), std::move(respond));
    } else {
        respond(reply(404, {{"error", "There is nothing at this path."}, {"code", "missing"}}));
    }
}

/// What somebody signed: a draft, one more signature, a key note, a statement.
void Api::propose(std::string note, HttpRespond respond) {
    auto findings = std::make_shared<std::vector<policy::Finding>>();
    core_.post(protocol::NoteProposed{std::move(note), findings}, [this, findings, respond](Result<void> done) {
        if (!done) {
            auto body = error_body(done.assume_error());
            json::array problems;
            for (auto const& finding : *findings)
                if (finding.error)
                    problems.push_back({{"place", finding.place}, {"text", finding.text + " " + finding.mend}});
            if (!problems.empty()) body["problems"] = std::move(problems);
            return respond(reply(status_of(done.assume_error().code), body));
        }
        core_.look([respond, findings](Core& core) {
            auto view = register_view(core.node(), core.self(), core.now());
            view["findings"] = findings_json(*findings);
            respond(reply(200, view));
        });
    });
}

void Api::rehearse(HttpRequest request, HttpRespond respond) {
    auto const start = rehearsal_start(core_.now(), number_parameter(split(request.target).query, "period_ms"));
    if (!start) return respond(failed(start.assume_error()));
    auto draft = std::make_shared<std::string const>(std::move(request.body));
    core_.look([this, draft, since = start.assume_value(), respond](Core& core) {
        auto const work = [draft, since, respond, &directory = core.directory(),
                           dash = core.agreement().rules.dash_high] {
            auto const view = rehearse_view(directory, *draft, since, dash);
            if (!view) return respond(failed(view.assume_error()));
            respond(reply(view.assume_value().contains("error") ? 400 : 200, view.assume_value()));
        };
        boost::asio::post(workers_->pool, work);
    });
}

void Api::ceremony_event(protocol::Event event, HttpRespond respond) {
    core_.post(std::move(event), [this, respond = std::move(respond)](Result<void> done) {
        if (!done) return respond(failed(done.assume_error()));
        core_.look([respond](Core& core) { respond(reply(200, ceremony_view(core.node().ceremony(), core.self()))); });
    });
}

void Api::submit(std::string form, HttpRespond respond) {
    // Parsed on the core thread, because the rules of entry come from the agreement that it holds.
    core_.look([this, form = std::move(form), respond = std::move(respond)](Core& core) {
        auto parsed = parse_family(form, core.agreement());
        if (!parsed.family) {
            json::array problems;
            for (auto const& problem : parsed.problems)
                problems.push_back({{"place", problem.place}, {"text", problem.text}});
            return respond(reply(400, {{"error", "The family form cannot be sent."},
                                       {"code", "malformed"},
                                       {"problems", std::move(problems)}}));
        }
        crypto::SystemRandom random;
        auto const id = random.make<CaseId>();
        core_.post(protocol::FamilySubmitted{id, std::move(*parsed.family)}, [respond, id](Result<void> result) {
            if (!result) return respond(failed(result.assume_error()));
            respond(reply(202, {{"case", crypto::to_hex(id.view())}}));
        });
    });
}

void Api::verify(HttpRespond respond) {
    // The tree is read beside the running log; only the openings need the core's store.
    core_.look([this, respond = std::move(respond)](Core& core) {
        crypto::NoteKey key{core.log().head().origin, core.directory().keyring.log.verify_key()};
        boost::asio::post(workers_->pool, [this, respond, key, path = core.log_path(core.shard())] {
            auto const report = verify_log(path, key);
            if (!report) return respond(reply(500, error_body(report.assume_error())));
            core_.look([respond, report = report.assume_value()](Core& again) {
                auto const openings = check_openings(again.store(), again.log(), again.shard());
                if (!openings) return respond(reply(500, error_body(openings.assume_error())));
                respond(reply(200, verified_view(report, openings.assume_value())));
            });
        });
    });
}

void Api::show_matches(HttpRespond respond) {
    core_.post(protocol::MatchesViewed{}, [this, respond = std::move(respond)](Result<void> done) {
        if (!done) return respond(failed(done.assume_error()));
        core_.look([respond](Core& core) {
            auto const view = matches_view(*core.node().agency(), core.store(), core.now());
            respond(view ? reply(200, view.assume_value()) : failed(view.assume_error()));
        });
    });
}

/// By what two rows are one person: the agreement's.
struct Api::Comparing {
    protocol::Points points;
    protocol::Thresholds thresholds;
};

void Api::import(HttpRequest request, HttpRespond respond) {
    auto file = std::make_shared<HttpRequest const>(std::move(request));
    core_.look([this, file = std::move(file), respond = std::move(respond)](Core& core) {
        auto const& matching = core.agreement().matching;
        Comparing by{protocol::points_of(matching), protocol::thresholds_of(matching)};
        boost::asio::post(workers_->pool,
                          [this, file, by = std::move(by), respond] { read_people(*file, by, respond); });
    });
}

/// The body is the file; with map_bytes=N its first N bytes are the map by which to read the rest.
void Api::read_people(HttpRequest const& request, Comparing const& by, HttpRespond respond) {
    auto const query = split(request.target).query;
    bool const check_only = number_parameter(query, "check") == 1;
    auto const map_bytes = number_parameter(query, "map_bytes");
    std::string_view text = request.body;
    if (map_bytes > text.size())
        return respond(failed({Errc::malformed, "map_bytes", "It is more than the whole body has."}));
    CsvMap map = documented_map();
    if (map_bytes != 0) {
        auto parsed = parse_csv_map(text.substr(0, map_bytes));
        if (!parsed.map) {
            json::array problems;
            for (auto const& problem : parsed.problems)
                problems.push_back({{"place", problem.place}, {"text", problem.text}});
            return respond(reply(400, {{"error", "The map cannot be used; nothing was stored."},
                                       {"code", "malformed"},
                                       {"problems", std::move(problems)}}));
        }
        map = std::move(*parsed.map);
        text.remove_prefix(map_bytes);
    }
    auto file = read_people_csv(text, map, day_of(core_.now()));
    auto same = find_same_people(file, by.points, by.thresholds);
    auto body = counts_of(file.report);
    if (file.report.problem_count != 0) {
        body["error"] = "The file has problems; nothing was stored.";
        body["code"] = "malformed";
        return respond(reply(400, body));
    }
    if (check_only) return respond(reply(200, body));
    core_.import(std::move(file.people), std::move(same),
                 [body = std::move(body), respond](Result<ImportCounts> counts) mutable {
                     if (!counts) return respond(failed(counts.assume_error()));
                     body["kept"] = counts.assume_value().kept;
                     body["removed"] = counts.assume_value().removed;
                     respond(reply(200, body));
                 });
}

void Api::look_at_case(CaseId const& id, std::uint64_t after, HttpRespond respond) {
    core_.look([this, id, after, respond = std::move(respond)](Core& core) {
        Waiting waiting{id, after, core.now() + wait_for_news, respond};
        if (!answer_case(core, waiting)) waiting_.push_back(std::move(waiting));
    });
}

bool Api::answer_case(Core& core, Waiting const& waiting) const {
    auto const* coordinator = core.node().coordinator();
    auto const* item = coordinator == nullptr ? nullptr : coordinator->find(waiting.id);
    if (item == nullptr) {
        waiting.respond(failed({Errc::missing, "case", "It is not known here, or its time has passed."}));
        return true;
    }
    if (item->revision <= waiting.after && core.now() < waiting.until) return false;
    waiting.respond(reply(200, view_of(*item, *coordinator, coordinator->agreement_of(*item), core.now())));
    return true;
}

void Api::after_batch(Core& core) {
    waiting_.remove_if([&](Waiting const& waiting) { return answer_case(core, waiting); });
}

} // namespace fanlight::node
