#include "node/http/log_api.hpp"

#include "crypto/text.hpp"
#include "node/http/log_heads.hpp"
#include "node/http/replies.hpp"
#include "node/http/splice_view.hpp"
#include "node/log/prove_leaf.hpp"
#include "node/store/exchanges.hpp"

namespace fanlight::node {

namespace json = boost::json;

namespace {

constexpr Error nothing_here{Errc::missing, "path", "There is nothing at this path."};

Result<protocol::LeafPlace> place_in(std::string_view query) {
    return parse_place(parameter(query, "place").value_or(""));
}

/// "message_hash,exchange"
Result<std::vector<crypto::FieldTag>> tags_in(std::string_view text) {
    std::vector<crypto::FieldTag> tags;
    while (!text.empty()) {
        auto const end = std::min(text.find(','), text.size());
        FANLIGHT_TRY(auto const tag, parse_field_token(text.substr(0, end)));
        tags.push_back(tag);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return tags;
}

/// Of a person of a coordinator's case. What is gone with the case is its labels; a number still names its people.
Result<crypto::Pseudonym> subject_of_case(Core const& core, ErasureRequest const& request) {
    FANLIGHT_TRY(auto const bytes, crypto::from_hex(request.case_id));
    FANLIGHT_TRY(auto const id, CaseId::parse(bytes, "case id"));
    if (auto const number = crypto::parse_decimal(request.person); number) {
        if (*number == 0 || *number > limits::family_people_max)
            return fail(Errc::malformed, "person of a case", "People are numbered from 1, as in the family form.");
        return protocol::subject_of(core.self(), id, static_cast<std::size_t>(*number - 1));
    }
    auto const* coordinator = core.node().coordinator();
    auto const* item = coordinator == nullptr ? nullptr : coordinator->find(id);
    if (item == nullptr)
        return fail(Errc::missing, "case",
                    "It is not known here, or its time has passed; then give --person a number.");
    auto const& people = item->family.people;
    for (std::size_t i = 0; i < people.size(); ++i)
        if (people[i].label == request.person) return protocol::subject_of(core.self(), id, i);
    return fail(Errc::missing, "person of a case", "Give the label or the number that the family form has.");
}

Result<crypto::Pseudonym> parse_subject(std::string_view text) {
    constexpr auto mend = "Give all 32 hex digits, as `fanlight log show` prints them.";
    auto const bytes = crypto::from_hex(text);
    if (!bytes || bytes.assume_value().size() != crypto::Pseudonym::size_bytes)
        return fail(Errc::malformed, "subject", mend);
    return crypto::Pseudonym::parse(bytes.assume_value());
}

json::object receipts_json(std::vector<protocol::NewReceipt> const& receipts) {
    json::array files;
    for (auto const& one : receipts)
        files.push_back({{"from", one.sender.text()},
                         {"received", to_text(one.received)},
                         {"exchange", crypto::to_hex(one.exchange.view())},
                         {"file", as_text(one.file)}});
    return {{"receipts", std::move(files)}};
}

} // namespace

void LogApi::handle(HttpRequest request, HttpRespond respond) {
    auto const [path, query] = split(request.target);
    if (request.method == "GET") return get(path, query, std::move(respond));
    if (request.method == "POST") return post(path, request.body, std::move(respond));
    respond(failed(nothing_here));
}

void LogApi::get(std::string_view path, std::string_view query, HttpRespond respond) {
    if (path == "/v1/log") return list(query, std::move(respond));
    if (path == "/v1/log/events") return events(query, std::move(respond));
    if (path == "/v1/log/leaf") return leaf(query, std::move(respond));
    if (path == "/v1/log/sample") return sample(query, std::move(respond));
    if (path == "/v1/log/proof") return proof(query, std::move(respond));
    if (path == "/v1/log/head") return head(query, std::move(respond));
    if (path == "/v1/log/policy") return policy(std::move(respond));
    if (path == "/v1/log/receipts") return receipts(query, std::move(respond));
    if (path == "/v1/log/reconcile") return reconciliations(std::move(respond));
    if (path == "/v1/log/heads")
        return core_.look(
            [respond](Core& core) { respond(reply(200, heads_view(core.node().log_keeper(), core.self()))); });
    respond(failed(nothing_here));
}

void LogApi::read(Read work, HttpRespond respond) {
    core_.look([this, work = std::move(work), respond = std::move(respond)](Core& core) {
        on_worker_([work, respond, &directory = core.directory()] {
            auto const reading = LogReading::open(directory);
            if (!reading) return respond(failed(reading.assume_error()));
            respond(reply_with(work(*reading.assume_value())));
        });
    });
}

/// With what the last reconciliations found: no leaf says that one is missing.
void LogApi::list(std::string_view query, HttpRespond respond) {
    auto parsed = parse_log_question(query);
    if (!parsed) return respond(failed(parsed.assume_error()));
    core_.look([this, question = std::move(parsed).assume_value(), respond](Core& core) {
        auto const unmatched = unmatched_view(core.node().reconciler());
        read(
            [question, unmatched](LogReading& reading) -> Result<json::object> {
                FANLIGHT_TRY(auto view, list_view(reading.events(), question));
                view["unmatched"] = unmatched;
                return view;
            },
            respond);
    });
}

void LogApi::events(std::string_view query, HttpRespond respond) {
    auto question = parse_log_question(query);
    if (!question) return respond(failed(question.assume_error()));
    read([question = std::move(question).assume_value()](
             LogReading& reading) { return export_page_json(reading.events(), question.filter); },
         std::move(respond));
}

void LogApi::leaf(std::string_view query, HttpRespond respond) {
    auto const place = place_in(query);
    if (!place) return respond(failed(place.assume_error()));
    core_.look([this, place = place.assume_value(), respond](Core& core) {
        on_worker_([this, place, respond, &directory = core.directory()] {
            auto const reading = LogReading::open(directory);
            if (!reading) return respond(failed(reading.assume_error()));
            auto look = show_view(*reading.assume_value(), place);
            if (!look) return respond(failed(look.assume_error()));
            auto const shown = std::make_shared<LogLook>(std::move(look).assume_value());
            core_.look([shown, respond](Core& again) {
                add_agreement(shown->view, shown->event, again.self());
                add_proof_state(shown->view, again.node().log_keeper(), shown->event.place);
                respond(reply(200, shown->view));
            });
        });
    });
}

void LogApi::sample(std::string_view query, HttpRespond respond) {
    auto question = parse_log_question(query);
    if (!question) return respond(failed(question.assume_error()));
    auto const n = crypto::parse_decimal(parameter(query, "n").value_or(""));
    auto const seed = crypto::from_hex(parameter(query, "seed").value_or(""));
    if (!seed) return respond(failed(seed.assume_error()));
    read([filter = std::move(question).assume_value().filter, n = n.value_or(0),
          seed = std::string(as_text(seed.assume_value()))](
             LogReading& reading) { return sample_view(reading.events(), filter, n, seed); },
         std::move(respond));
}

void LogApi::proof(std::string_view query, HttpRespond respond) {
    auto const place = place_in(query);
    if (!place) return respond(failed(place.assume_error()));
    auto reveal = tags_in(parameter(query, "reveal").value_or(""));
    if (!reveal) return respond(failed(reveal.assume_error()));
    core_.look([this, place = place.assume_value(), reveal = std::move(reveal).assume_value(), respond](Core& core) {
        read([place, reveal, head = cosigned_head_for(core.node().log_keeper(), place)](
                 LogReading& reading) { return proof_view(reading, place, reveal, head); },
             respond);
    });
}

/// The newest cosigned head that has the leaf; else the newest signed one, which nobody else vouches for.
void LogApi::head(std::string_view query, HttpRespond respond) {
    auto const place = place_in(query);
    if (!place) return respond(failed(place.assume_error()));
    core_.look([this, place = place.assume_value(), respond](Core& core) {
        read(
            [place, cosigned = cosigned_head_for(core.node().log_keeper(), place)](
                LogReading& reading) -> Result<json::object> {
                if (!cosigned.empty()) return json::object{{"cosigned", true}, {"note", cosigned}};
                FANLIGHT_TRY(auto const note, read_signed_head(reading.log_of(place.shard)));
                return json::object{{"cosigned", false}, {"note", note}};
            },
            respond);
    });
}

void LogApi::policy(HttpRespond respond) {
    core_.look([respond](Core& core) {
        auto const policy = protocol::log_policy(core.self(), core.self().party, core.shard());
        if (!policy) return respond(failed(policy.assume_error()));
        respond(reply(200, {{"policy", policy.assume_value().text()}}));
    });
}

void LogApi::receipts(std::string_view query, HttpRespond respond) {
    if (parameter(query, "exchange")) {
        auto const question = parse_log_question(query);
        if (!question) return respond(failed(question.assume_error()));
        return read(
            [tag = *question.assume_value().filter.exchange](LogReading& reading) -> Result<json::object> {
                FANLIGHT_TRY(auto const found, node::receipts(reading.database(), tag));
                return receipts_json(found);
            },
            std::move(respond));
    }
    auto const place = place_in(query);
    if (!place) return respond(failed(place.assume_error()));
    read(
        [place = place.assume_value()](LogReading& reading) -> Result<json::object> {
            FANLIGHT_TRY(auto const event, reading.events().at(place));
            FANLIGHT_TRY(auto const found, node::receipts(reading.database(), event.leaf.exchange));
            return receipts_json(found);
        },
        std::move(respond));
}

void LogApi::reconciliations(HttpRespond respond) {
    core_.look([respond](Core& core) {
        json::array all;
        for (auto const& [peer, item] : core.node().reconciler().results()) all.push_back(reconciliation_view(item));
        respond(reply(200, {{"reconciliations", std::move(all)}}));
    });
}

void LogApi::step(protocol::Event event, json::object said, HttpRespond respond) {
    core_.post(std::move(event), [said = std::move(said), respond = std::move(respond)](Result<void> done) {
        respond(done ? reply(200, said) : failed(done.assume_error()));
    });
}

void LogApi::post(std::string_view path, std::string const& body, HttpRespond respond) {
    if (path == "/v1/log/review") {
        auto mark = parse_review(body);
        if (!mark) return respond(failed(mark.assume_error()));
        json::object said{{"place", place_text(mark.assume_value().leaf)},
                          {"verdict", protocol::in_words(mark.assume_value().verdict)}};
        return step(std::move(mark).assume_value(), std::move(said), std::move(respond));
    }
    if (path == "/v1/log/export") {
        auto made = parse_exported(body);
        if (!made) return respond(failed(made.assume_error()));
        return step(std::move(made).assume_value(), {{"logged", true}}, std::move(respond));
    }
    if (path == "/v1/log/break-glass") {
        auto broken = parse_glass_broken(body);
        if (!broken) return respond(failed(broken.assume_error()));
        auto const lasts = broken.assume_value().lasts;
        return step(std::move(broken).assume_value(), {{"until", to_text(core_.now() + lasts)}}, std::move(respond));
    }
    if (path == "/v1/log/reconcile") return reconcile(body, std::move(respond));
    if (path == "/v1/log/erase") return erase(body, std::move(respond));
    if (path == "/v1/log/record-hashes") return record_hashes(body, std::move(respond));
    respond(failed(nothing_here));
}

void LogApi::reconcile(std::string const& body, HttpRespond respond) {
    auto order = parse_reconcile_order(body);
    if (!order) return respond(failed(order.assume_error()));
    auto const& [peer, since] = order.assume_value();
    core_.post(protocol::ReconcileStarted{peer, since},
               [this, asked = PartyId(peer), respond = std::move(respond)](Result<void> done) {
                   if (!done) return respond(failed(done.assume_error()));
                   core_.look([asked, respond](Core& core) {
                       auto const& results = core.node().reconciler().results();
                       auto const found = results.find(asked);
                       if (found == results.end()) return respond(failed({Errc::missing, "reconciliation"}));
                       respond(reply(200, reconciliation_view(found->second)));
                   });
               });
}

void LogApi::record_hashes(std::string const& body, HttpRespond respond) {
    auto parsed = parse_record_question(body);
    if (!parsed) return respond(failed(parsed.assume_error()));
    auto const question = std::make_shared<RecordQuestion const>(std::move(parsed).assume_value());
    core_.look([this, question, respond = std::move(respond)](Core& core) {
        on_worker_([this, question, respond, &directory = core.directory()] {
            auto const reading = LogReading::open(directory);
            if (!reading) return respond(failed(reading.assume_error()));
            auto const row = row_of_record(reading.assume_value()->database(), question->record);
            if (!row) return respond(failed(row.assume_error()));
            core_.look([question, row = row.assume_value(), respond](Core& again) {
                auto const* const open = again.node().epochs().open();
                auto const epoch = question->epoch.value_or(open == nullptr ? 0 : open->number);
                respond(reply_with(record_hashes_view(again.self().mode(), again.store(), epoch, question->slot, row)));
            });
        });
    });
}

void LogApi::erase(std::string const& body, HttpRespond respond) {
    auto parsed = parse_erasure_request(body);
    if (!parsed) return respond(failed(parsed.assume_error()));
    auto const request = std::make_shared<ErasureRequest const>(std::move(parsed).assume_value());
    if (!request->subject.empty()) {
        auto const subject = parse_subject(request->subject);
        if (!subject) return respond(failed(subject.assume_error()));
        return erase_subject(request, subject.assume_value(), std::move(respond));
    }
    core_.look([this, request, respond = std::move(respond)](Core& core) {
        if (!request->case_id.empty()) {
            auto const subject = subject_of_case(core, *request);
            if (!subject) return respond(failed(subject.assume_error()));
            return erase_subject(request, subject.assume_value(), respond);
        }
        on_worker_([this, request, respond, &directory = core.directory()] {
            auto const reading = LogReading::open(directory);
            if (!reading) return respond(failed(reading.assume_error()));
            auto const row = row_of_record(reading.assume_value()->database(), request->record);
            if (!row) return respond(failed(row.assume_error()));
            core_.look([this, request, row = row.assume_value(), respond](Core& again) {
                erase_subject(request, protocol::subject_of(again.self(), row), respond);
            });
        });
    });
}

void LogApi::erase_subject(std::shared_ptr<ErasureRequest const> request, crypto::Pseudonym const& subject,
                           HttpRespond respond) {
    core_.look([this, request, subject, respond = std::move(respond)](Core& core) {
        on_worker_([this, request, subject, respond, &directory = core.directory()] {
            auto const reading = LogReading::open(directory);
            if (!reading) return respond(failed(reading.assume_error()));
            auto places = places_about(reading.assume_value()->events(), subject);
            if (!places) return respond(failed(places.assume_error()));
            json::object said{{"subject", crypto::to_hex(subject.view())},
                              {"leaves", places.assume_value().size()},
                              {"erased", !request->dry_run}};
            if (request->dry_run) return respond(reply(200, said));
            step(protocol::ErasureOrdered{subject, std::move(places).assume_value(), request->user, request->decision},
                 std::move(said), respond);
        });
    });
}

} // namespace fanlight::node
