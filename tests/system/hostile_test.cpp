// Parties that do on purpose what no honest node does, with keys of their own: a coordinator that fishes, replays,
// rewinds the agreement or tells each agency another story; an agency that floods, speaks for others or twice; a holder
// that answers for another. The others' limits hold, their logs show it, and honest parties are served meanwhile.
//
// More of this kind: forgery_test.cpp (answers and statements that nobody made), messages_test.cpp (frames),
// splice_test.cpp (answers about somebody else), faults_test.cpp (wrong shares, budgets), witness_test.cpp (forks).

#include "asking.hpp"
#include "crypto/text.hpp"

#include <algorithm>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::MessageType;

namespace {

/// A message as it came off a link.
struct Recorded {
    std::string from; ///< the hop
    std::string to;   ///< likewise
    protocol::Frame frame;
    protocol::Envelope envelope;
};

Recorded recorded(Federation const& federation, Delivery const& delivery, protocol::Frame frame) {
    auto envelope = federation.open(frame);
    REQUIRE(envelope);
    return {delivery.from.text(), delivery.to.text(), std::move(frame), std::move(*envelope)};
}

/// The query to each agency about a practice family, and the case.
struct Queries {
    CaseId id;
    std::map<std::string, Recorded> to;
};
Queries queries(Federation& federation, std::string const& family) {
    Queries found;
    federation.on_delivery = [&](Delivery const& delivery) {
        auto frame = protocol::decode_frame(delivery.frame).value();
        if (frame.kind != protocol::FrameKind::message || frame.recipient != delivery.to) return;
        auto one = recorded(federation, delivery, std::move(frame));
        if (one.envelope.type == MessageType::query) found.to.emplace(one.to, std::move(one));
    };
    found.id = ask(federation, family);
    REQUIRE(federation.run_until_settled(found.id));
    federation.on_delivery = {};
    federation.run_for(10s); // the last acknowledgements
    REQUIRE(found.to.size() >= 10);
    return found;
}

/// Ids that no honest node has drawn.
template <class Id> Id numbered(std::uint32_t number) {
    return Id::make([&](MutableBytes out) {
        out[0] = 0xEE;
        out[1] = static_cast<std::uint8_t>(number >> 16U);
        out[2] = static_cast<std::uint8_t>(number >> 8U);
        out[3] = static_cast<std::uint8_t>(number);
    });
}

/// The message anew, as its sender would sign it now.
protocol::Envelope anew(Federation const& federation, protocol::Envelope envelope, std::uint32_t number) {
    envelope.exchange = numbered<ExchangeId>(number);
    envelope.time = federation.now();
    return envelope;
}
/// The same for a query, which has an id and a key of its own.
protocol::Envelope anew(Federation const& federation, protocol::Envelope const& envelope, protocol::Query query,
                        std::uint32_t number) {
    auto changed = anew(federation, envelope, number);
    query.id = numbered<QueryId>(number);
    query.exchange_key = numbered<crypto::ExchangeKey>(number);
    changed.payload = protocol::encode(query);
    return changed;
}

void send(Federation& federation, std::string const& from, std::string const& to, protocol::Envelope envelope) {
    federation.inject(from, to, federation.message(from, to, std::move(envelope)));
}

/// Answers and refusals that arrive at the coordinator from one party.
struct Heard {
    std::vector<protocol::Answer> answers;
    std::size_t refusals = 0;
    std::set<AgreementId> under;
    std::set<FrameId> frames; ///< what comes again after a crash is one
};
void listen(Federation& federation, std::string const& party, Heard& heard) {
    federation.on_delivery = [&federation, &heard, party](Delivery const& delivery) {
        auto const frame = protocol::decode_frame(delivery.frame).value();
        if (delivery.to.text() != "coordinator" || frame.sender.text() != party) return;
        auto const envelope = federation.open(frame);
        if (!envelope || !heard.frames.insert(frame.id).second) return;
        if (envelope->type == MessageType::refusal) ++heard.refusals;
        if (envelope->type != MessageType::answer) return;
        heard.under.insert(envelope->agreement);
        heard.answers.push_back(protocol::decode_answer(envelope->payload).value());
    };
}

std::size_t count_of(std::vector<std::string> const& list, std::string const& one) {
    return static_cast<std::size_t>(std::count(list.begin(), list.end(), one));
}

/// Another version of the agreement in force everywhere; the id of the one before.
AgreementId go_to_next_version(Federation& federation) {
    auto const before = federation.agreement().id;
    auto const from = std::chrono::ceil<std::chrono::seconds>(federation.now()) + 1min;
    auto text = federation.text();
    auto const put = [&](std::string const& old, std::string const& now) {
        auto const place = text.find(old);
        REQUIRE(place != std::string::npos);
        text.replace(place, old.size(), now);
    };
    put("\nversion = 1\n", "\nversion = 2\n");
    put("2026-01-01T00:00:00Z", to_text(from));
    REQUIRE(federation.ask("police", protocol::NoteProposed{federation.signed_by(text)}));
    federation.run_for(from - federation.now() + 5s);
    for (auto const& member : federation.members()) REQUIRE(member->in_force.agreement.version == 2);
    return before;
}

} // namespace

TEST_CASE("hostile: a coordinator that fishes gets as many answers as the budget has, and the logs show it",
          "[system]") {
    constexpr std::uint32_t allowed = 20;
    constexpr std::uint32_t tried = 30;
    std::string const agency = GENERATE("police", "refuge");
    bool const strangers = GENERATE(true, false); // or one stranger again and again
    CAPTURE(agency, strangers);
    Federation federation(Records::practice, 1,
                          [](auto& agreement) { agreement.budgets.slots_per_day = allowed * limits::slots; });
    auto const began = federation.now();
    federation.run_for(10min);
    auto const honest = queries(federation, "samantha").to.at(agency);
    auto const query = protocol::decode_query(honest.envelope.payload).value();
    auto const& member = federation.at(agency);
    auto const received = leaves(member, LeafClass::query_received).size();
    Heard heard;
    listen(federation, agency, heard);
    crypto::SeededRandom random(1);
    for (std::uint32_t i = 0; i < tried; ++i) {
        auto one = query;
        for (auto& slot : one.slots)
            if (strangers) slot = protocol::build_dummy_slot(random).slot;
        send(federation, "coordinator", agency, anew(federation, honest.envelope, one, i));
        if (i != 10) continue;
        federation.crash(agency); // what was charged is durable
        federation.run_for(1s);
        federation.start(agency);
        federation.run_for(5s);
    }
    federation.run_for(20s);
    CHECK(heard.answers.size() == allowed - 1); // the honest one was charged as well
    CHECK(heard.refusals == tried - (allowed - 1));
    CHECK(leaves(member, LeafClass::query_received).size() == received + allowed - 1);
    CHECK(count_of(refusals(member), "the asking party's budget of slots is spent for today") == heard.refusals);
    for (auto const& answer : heard.answers)
        for (std::size_t slot = 0; slot < limits::slots; ++slot) {
            auto const kind = answer.slots[slot].reply.kind;
            if (agency == "refuge") CHECK(kind == policy::ReplyKind::nothing_at_this_level);
            if (agency != "refuge" && strangers) CHECK(kind == policy::ReplyKind::not_known);
        }
    // The other purpose has a budget of its own, and another party's is not touched.
    auto other = query;
    other.purpose = 1;
    send(federation, "coordinator", agency, anew(federation, honest.envelope, other, tried));
    federation.run_for(5s);
    CHECK(heard.answers.size() == allowed);
    // Its own log says nothing of it, and the agency finds that out.
    federation.run_for(5min);
    REQUIRE(federation.ask(agency, protocol::ReconcileStarted{party("coordinator"), began}));
    federation.run_for(5s);
    auto const& result = member.node->reconciler().results().at(party("coordinator"));
    REQUIRE(result.state == protocol::Reconciliation::State::done);
    CHECK(result.unmatched.size() >= allowed);
    if (!strangers) return;
    federation.run_for(24h); // another day
    heard = {};
    send(federation, "coordinator", agency, anew(federation, honest.envelope, query, tried + 1));
    federation.run_for(3min);
    CHECK(heard.answers.size() == 1);
}

TEST_CASE("hostile: a query under an older version of the agreement is answered by nothing but that", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    auto const marie = queries(federation, "marie");
    auto const& honest = marie.to.at("police");
    auto const query = protocol::decode_query(honest.envelope.payload).value();
    auto const older = go_to_next_version(federation);
    auto const& police = federation.at("police");
    auto const decided = leaves(police, LeafClass::decision).size();
    auto const opened = leaves(police, LeafClass::context_opened).size();
    Heard heard;
    listen(federation, "police", heard);
    auto rewound = anew(federation, honest.envelope, query, 1);
    REQUIRE(rewound.agreement == older);
    send(federation, "coordinator", "police", rewound);
    federation.run_for(5s);
    REQUIRE(heard.answers.size() == 1);
    for (auto const& slot : heard.answers[0].slots) {
        CHECK(slot.reply.kind == policy::ReplyKind::version_mismatch);
        CHECK(slot.clause == protocol::no_clause);
    }
    CHECK_FALSE(heard.answers[0].statement.worst);
    CHECK(heard.under == std::set<AgreementId>{police.in_force.agreement.id});
    CHECK(leaves(police, LeafClass::decision).size() == decided);
    CHECK(leaves(police, LeafClass::context_opened).size() == opened);
    CHECK(count_of(refusals(police), "query is under another agreement") == 1);

    // Nor a summary on a query that was answered under the older one, by whichever version the request says it is.
    auto const state = federation.case_of(marie.id).parties.at(party("police"));
    protocol::SummaryRequest request;
    request.query = state.query;
    request.exchange_key = numbered<crypto::ExchangeKey>(2);
    request.slots = 0xFFFF;
    request.marac_threshold = request.section_47 = true;
    auto const told = leaves(police, LeafClass::disclosure_sent).size();
    for (auto const& under : {older, police.in_force.agreement.id}) {
        auto envelope = anew(federation, honest.envelope, under == older ? 3 : 4);
        envelope.type = MessageType::summary_request;
        envelope.agreement = under;
        envelope.payload = protocol::encode(request);
        send(federation, "coordinator", "police", envelope);
    }
    federation.run_for(30s);
    CHECK(heard.refusals == 2);
    CHECK(leaves(police, LeafClass::disclosure_sent).size() == told);
}

TEST_CASE("hostile: another query to each agency under one exchange is answered by each for itself, and shows",
          "[system]") {
    Federation federation(Records::practice);
    auto const began = federation.now();
    federation.run_for(10min);
    auto const honest = queries(federation, "marie");
    std::vector<std::string> const agencies{"police", "health", "housing"};
    std::map<std::string, Heard> heard;
    federation.on_delivery = [&](Delivery const& delivery) {
        auto const frame = protocol::decode_frame(delivery.frame).value();
        auto const envelope = federation.open(frame);
        if (!envelope || delivery.to.text() != "coordinator" || envelope->exchange != numbered<ExchangeId>(1)) return;
        auto& from = heard[frame.sender.text()];
        if (envelope->type == MessageType::refusal) ++from.refusals;
        if (envelope->type == MessageType::answer)
            from.answers.push_back(protocol::decode_answer(envelope->payload).value());
    };
    std::map<std::string, crypto::Sha256> hashes;
    std::map<std::string, std::size_t> before;
    for (auto const& agency : agencies) {
        auto const& own = honest.to.at(agency).envelope;
        auto envelope = anew(federation, own, protocol::decode_query(own.payload).value(), 1);
        hashes[agency] = crypto::sha256({envelope.payload});
        before[agency] = leaves(federation.at(agency), LeafClass::query_received).size();
        send(federation, "coordinator", agency, envelope);
        // A second story to the same agency under that exchange.
        auto again = protocol::decode_query(envelope.payload).value();
        again.id = numbered<QueryId>(2);
        envelope.payload = protocol::encode(again);
        send(federation, "coordinator", agency, envelope);
    }
    federation.run_for(20s);
    CHECK(hashes.at("police") != hashes.at("health"));
    auto const tag = crypto::exchange_tag(numbered<crypto::ExchangeKey>(1));
    for (auto const& agency : agencies) {
        CAPTURE(agency);
        auto const& member = federation.at(agency);
        CHECK(heard[agency].answers.size() == 1);
        CHECK(leaves(member, LeafClass::query_received).size() == before[agency] + 1);
        CHECK(count_of(refusals(member), "message was seen before") == 1);
        // What it got stands in its log under the tag that the others have too, each with its own hash.
        std::size_t found = 0;
        for (auto const& entry : leaves(member, LeafClass::query_received)) {
            if (entry.leaf.exchange != tag) continue;
            ++found;
            CHECK(values_of(entry, FieldTag::message_hash).at(0) == to_bytes(hashes[agency].view()));
        }
        CHECK(found == 1);
    }
    federation.run_for(5min);
    for (auto const& agency : agencies) {
        CAPTURE(agency);
        REQUIRE(federation.ask(agency, protocol::ReconcileStarted{party("coordinator"), began}));
        federation.run_for(5s);
        auto const& result = federation.at(agency).node->reconciler().results().at(party("coordinator"));
        REQUIRE(result.state == protocol::Reconciliation::State::done);
        CHECK(std::any_of(result.unmatched.begin(), result.unmatched.end(),
                          [&](auto const& one) { return one.ours && one.end.tag == tag; }));
    }
}

namespace {

/// A whole life: the first key, enrolment, two families, a spent budget, a new version, a restore. Of each type, for
/// each recipient, the first message and the last.
class Life {
  public:
    Life() : federation(Records::no_key) {
        federation.on_delivery = [this](Delivery const& delivery) { take(delivery); };
        federation.run_for(2min);
        federation.set_link("housing", false);
        federation.set_link("housing", true); // it asks whether there is a key
        first_key();
        for (auto const& member : federation.members())
            if (member->node->agency() != nullptr)
                federation.import(member->party.text(),
                                  practice_people(member->party.text(), day_of(federation.now())));
        auto const open = [&](auto const& member) { return member->node->epochs().open() != nullptr; };
        REQUIRE(federation.run_until(
            [&] { return std::all_of(federation.members().begin(), federation.members().end(), open); }, 10min));
        federation.run_for(1min);
        auto const backup = federation.at("housing").disk;
        REQUIRE(federation.run_until_settled(ask(federation, "marie")));
        federation.run_for(2min);
        REQUIRE(federation.ask("coordinator", protocol::ReconcileStarted{party("police"), federation.now() - 1h}));
        REQUIRE(federation.ask("police", protocol::ReconcileStarted{party("coordinator"), federation.now() - 1h}));
        federation.run_for(5s);
        for (auto const* holder : {"police", "health", "domestic_abuse"})
            federation.at(holder).in_force.agreement.budgets.query_evaluations_per_day = 0;
        REQUIRE(federation.run_until_settled(ask(federation, "ivy")));
        auto unknown = anew(federation, of(MessageType::summary_request).envelope, 99);
        auto request = protocol::decode_summary_request(unknown.payload).value();
        request.query = numbered<QueryId>(99);
        unknown.payload = protocol::encode(request);
        send(federation, "coordinator", "police", unknown);
        federation.run_for(5s);
        go_to_next_version(federation);
        restore("housing", backup);
        federation.on_delivery = {};
        federation.run_for(1min);
        // Housing's marks are gone; what is no request is taken there once more, and discloses nothing. What it was
        // given back while it was restored it does not want any more.
        std::erase_if(kept_, [](auto const& entry) {
            return std::get<2>(entry.first) == "housing" && std::get<0>(entry.first) != MessageType::copies_reply;
        });
    }
    Recorded const& of(MessageType type) const {
        for (auto const& [key, pair] : kept_)
            if (std::get<0>(key) == type) return pair.front();
        FAIL("no " << protocol::name(type));
        return kept_.begin()->second.front();
    }
    std::vector<Recorded> all() const {
        std::vector<Recorded> list;
        for (auto const& [key, pair] : kept_) list.insert(list.end(), pair.begin(), pair.end());
        return list;
    }

    Federation federation;

  private:
    using Key = std::tuple<MessageType, std::string, std::string>; ///< with both hops
    std::map<Key, std::vector<Recorded>> kept_;

    void take(Delivery const& delivery) {
        auto frame = protocol::decode_frame(delivery.frame).value();
        if (frame.kind != protocol::FrameKind::message || frame.recipient != delivery.to) return;
        auto one = recorded(federation, delivery, std::move(frame));
        auto& pair = kept_[{one.envelope.type, one.frame.sender.text(), one.to}];
        if (pair.size() == 2) pair.pop_back();
        pair.push_back(std::move(one));
    }
    void first_key() {
        protocol::CeremonyPlan plan;
        for (auto const* holder : {"police", "health", "domestic_abuse"}) plan.holders.push_back(party(holder));
        REQUIRE(federation.ask("coordinator", protocol::CeremonyStarted{plan}));
        auto const proposal = federation.at("coordinator").node->ceremony().view();
        REQUIRE(proposal);
        auto const words = crypto::fingerprint_words(proposal->fingerprint.view());
        federation.run_for(1s);
        for (auto const& participant : proposal->proposal.participants())
            REQUIRE(federation.ask(participant.text(), protocol::CeremonyJoined{words}));
        federation.run_for(30s);
    }
    void restore(std::string const& name, Disk const& backup) {
        federation.run_for(2min);
        federation.crash(name);
        federation.at(name).disk = backup;
        federation.start(name, true);
        auto const& member = federation.at(name);
        REQUIRE(federation.run_until([&] { return member.node->restorer()->restored().has_value(); }, 5min));
        federation.finish_restore(name);
        federation.start(name);
        federation.run_for(3min);
    }
};

/// What a node does for a frame, apart from what was due anyway.
struct Did {
    std::vector<crypto::Entry> leaves;
    std::vector<protocol::Write> writes;
    std::vector<protocol::Transmission> transmissions;
    bool more = false; ///< of what belongs to no refusal
};
Did effects_of(Federation& federation, std::string const& from, std::string const& to, Bytes frame) {
    federation.step(federation.at(to), protocol::Woken{});
    Did all;
    federation.on_step = [&](Member const& member, protocol::Effects const& effects) {
        if (member.party.text() != to) return;
        all.leaves = effects.leaves;
        all.writes = effects.writes;
        all.transmissions = effects.transmissions;
        all.more = !effects.tokens.empty() || !effects.enrolled.empty() || !effects.receipts.empty() ||
                   !effects.copies.empty() || !effects.build_indexes.empty() || !effects.forget_epochs.empty();
    };
    federation.inject(from, to, std::move(frame));
    federation.on_step = {};
    return all;
}

} // namespace

TEST_CASE("hostile: no message of any type has a second effect, at once, after a restart, or later", "[system]") {
    Life life;
    auto& federation = life.federation;
    auto const all = life.all();
    std::set<MessageType> types;
    for (auto const& one : all) types.insert(one.envelope.type);
    for (int type = 1; type <= static_cast<int>(protocol::newest_message_type); ++type) {
        CAPTURE(protocol::name(static_cast<MessageType>(type)));
        CHECK(types.contains(static_cast<MessageType>(type)));
    }
    std::uint8_t next_id = 1;
    std::uint64_t replays = 0;
    auto const replay = [&](char const* when, bool late) {
        for (auto const& one : all) {
            CAPTURE(when, protocol::name(one.envelope.type), one.frame.sender.text(), one.to);
            for (bool const same_frame : {true, false}) {
                auto frame = one.frame;
                if (!same_frame)
                    frame.id = FrameId::make([&](MutableBytes out) {
                        out[0] = next_id;
                        out[1] = same_frame ? 1 : 2;
                    });
                auto const did = effects_of(federation, one.from, one.to, protocol::encode_frame(frame));
                ++replays;
                for (auto const& entry : did.leaves) {
                    CHECK(entry.leaf.kind == LeafClass::refusal);
                    auto const reason = text_of(entry, FieldTag::reason);
                    CHECK((reason == "message was seen before" || reason == "message is out of date" ||
                           reason == "request is older than this node's restore"));
                    if (late) CHECK(reason == "message is out of date");
                }
                CHECK(did.leaves.size() <= 1);
                CHECK_FALSE(did.more);
                bool const first = one.envelope.type == MessageType::copies_reply;
                if (!first && (late || !same_frame)) CHECK(did.leaves.size() == 1);
                for (auto const& write : did.writes)
                    CHECK((write.space == protocol::Space::outbox || (first && write.space == protocol::Space::seen)));
                for (auto const& sent : did.transmissions) {
                    auto const answer = protocol::decode_frame(sent.frame).value();
                    if (answer.kind == protocol::FrameKind::acknowledgement) continue;
                    CHECK(federation.open(answer)->type == MessageType::refusal);
                }
            }
        }
        ++next_id;
    };
    replay("at once", false);
    for (auto const& member : federation.members()) {
        federation.crash(member->party.text());
        federation.run_for(1s);
        federation.start(member->party.text());
    }
    federation.run_for(10s);
    replay("after a restart", false);
    for (auto const& member : federation.members())
        federation.set_clock(member->party.text(), limits::outbox_age_max + 1h);
    federation.run_for(2h);
    replay("after its mark was forgotten", true);
    CHECK(replays > 600);
}

TEST_CASE("hostile: an agency answers once, only what it was asked, and only for itself", "[system]") {
    Federation federation(Records::practice);
    auto const honest = queries(federation, "ivy"); // nobody says Red: probation is not asked
    auto const grid = federation.grid(honest.id);
    auto const& hub = federation.at("coordinator");
    auto const red = [&](std::string const& by, std::string const& as, QueryId const& query) {
        protocol::Answer answer{query, {}, {party(by), query, policy::Colour::red, federation.now(), {}}};
        answer.slots.assign(
            limits::slots,
            {{policy::ReplyKind::rated, policy::Colour::red, policy::Basis::own_records, policy::Reason::none}, 0});
        answer.statement.party = party(as);
        answer.statement = protocol::sign_statement(Mode::practice, federation.agreement().id, answer.statement,
                                                    federation.at(by).node_key);
        return protocol::encode(answer);
    };
    auto const say = [&](std::string const& by, std::string const& as, std::uint32_t number) {
        auto const& state = federation.case_of(honest.id).parties.at(party(as));
        protocol::Envelope envelope{MessageType::answer,
                                    state.exchange,
                                    federation.agreement().id,
                                    federation.now(),
                                    state.payload_hash,
                                    red(by, as, state.query),
                                    {}};
        if (number != 0) envelope.exchange = numbered<ExchangeId>(number);
        auto const before = refusals(hub).size();
        send(federation, by, "coordinator", envelope);
        CHECK(refusals(hub).size() == before + 1);
        federation.run_for(10s);
        CHECK(federation.grid(honest.id) == grid);
    };
    say("police", "police", 0);       // its own exchange again: seen before
    say("police", "police", 1);       // its own query again, under another exchange
    say("police", "health", 0);       // for another party
    say("probation", "probation", 0); // asked nothing: the exchange, the query and the hash are zero
    say("probation", "police", 0);
    auto const& probation = federation.case_of(honest.id).parties.at(party("probation"));
    CHECK(probation.stage == protocol::PartyStage::on_condition);
    CHECK(refusals(hub) == std::vector<std::string>{"message was seen before", "answer is to no query of ours",
                                                    "answer is to no query of ours", "answer is to no query of ours",
                                                    "answer is to no query of ours"});
}

TEST_CASE("hostile: a holder that answers for another is not heard, and the other is not blamed", "[system]") {
    Federation federation(Records::practice);
    // Police are asked as well; what they answer comes a second time, as the answer to what health was asked.
    std::optional<protocol::Envelope> to_health;
    std::optional<protocol::Envelope> by_police;
    std::size_t forged = 0;
    federation.on_delivery = [&](Delivery const& delivery) {
        auto const frame = protocol::decode_frame(delivery.frame).value();
        auto const envelope = federation.open(frame);
        if (!envelope || frame.recipient != delivery.to) return;
        if (envelope->type == MessageType::evaluate_request && delivery.to.text() == "health") to_health = envelope;
        if (envelope->type == MessageType::evaluate_reply && frame.sender.text() == "police") by_police = envelope;
        if (!to_health || !by_police || forged != 0) return;
        ++forged;
        auto envelope_for = *by_police;
        envelope_for.exchange = to_health->exchange;
        envelope_for.answers = crypto::sha256({to_health->payload});
        federation.schedule(federation.now(), [&federation, envelope_for] {
            send(federation, "police", "coordinator", envelope_for);
            send(federation, "housing", "coordinator", envelope_for); // nor from who is no holder
        });
    };
    federation.set_delay(50ms);
    federation.set_link("domestic_abuse", false); // so that both of the others are asked
    federation.set_weather([](Member const& from, Member const&) {
        return std::vector<Duration>{from.party.text() == "health" ? Duration(2s) : Duration(50ms)};
    });
    auto const id = ask(federation, "marie");
    federation.run_for(1s);
    REQUIRE(forged == 1);
    CHECK(federation.case_of(id).parties.at(party("housing")).stage == protocol::PartyStage::pending);
    federation.run_for(20s);
    federation.set_link("domestic_abuse", true);
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.case_of(id).problem.empty());
    CHECK(federation.at("coordinator").node->epochs().open()->excluded.empty());
    CHECK(federation.grid(id).at("Greg, police") == "AMBER");
}

namespace {

/// Frame `number` of a party that floods the coordinator: all that it can send, and for whom it is.
Bytes flood(Federation& federation, std::string const& from, std::uint32_t number) {
    auto const frame = [&](std::string const& to) {
        auto const seed = static_cast<std::uint8_t>(number);
        return protocol::encode_frame(
            {protocol::FrameKind::message, numbered<FrameId>(number), party(from), party(to), Bytes(2000, seed)});
    };
    auto const message = [&](MessageType type, Bytes payload) {
        return federation.message(from, "coordinator",
                                  {type,
                                   numbered<ExchangeId>(number),
                                   federation.agreement().id,
                                   federation.now(),
                                   {},
                                   std::move(payload),
                                   {}});
    };
    switch (number % 10) {
    case 0: return Bytes(100, static_cast<std::uint8_t>(number));
    case 1: return frame("coordinator");
    case 2:
    case 3:
    case 4: return frame("marac");
    case 5: return message(MessageType::answer, Bytes(10, 1));
    case 6: return message(MessageType::query, Bytes(10, 1));
    case 7: return message(MessageType::epoch_request, protocol::encode(protocol::EpochRequest{}));
    default: return message(MessageType::register_request, protocol::encode(protocol::RegisterRequest{0}));
    }
}

} // namespace

TEST_CASE("hostile: an agency that floods is held to limits, and the others are answered meanwhile", "[system]") {
    constexpr std::uint32_t frames = 10'000;
    Federation federation(Records::practice);
    federation.run_for(1min);
    federation.set_link("marac", false);
    auto const& hub = federation.at("coordinator");
    auto const leaves_before = durable(hub).size();
    // It acknowledges nothing that it is sent.
    federation.set_weather([](Member const& from, Member const&) {
        return from.party.text() == "housing" ? std::vector<Duration>{} : std::vector<Duration>{5ms};
    });
    std::optional<CaseId> id;
    for (std::uint32_t number = 0; number < frames; ++number) {
        federation.inject("housing", "coordinator", flood(federation, "housing", number));
        if (number % 100 == 0) federation.run_for(10ms);
        if (number == frames / 2) id = ask(federation, "samantha");
    }
    federation.run_for(10s);
    auto const cells = federation.grid(*id);
    CHECK(cells.at("Samantha, police") == "not_known");
    CHECK(cells.at("Samantha, health") != "waiting");
    CHECK(cells.at("Samantha, housing") == "waiting");
    // One step may go over by what it sends itself.
    constexpr std::size_t of_a_step = 100;
    std::size_t bytes = 0;
    std::size_t marks = 0;
    for (auto const& [key, value] : hub.disk.state()) {
        if (key.first == protocol::Space::outbox) bytes += value.size();
        if (key.first == protocol::Space::seen) ++marks;
    }
    CHECK(hub.node->waiting(party("housing")) <= limits::outbox_frames_max + of_a_step);
    CHECK(hub.node->waiting(party("marac")) <= protocol::relayed_frames_max + of_a_step);
    CHECK(hub.node->waiting(party("marac")) >= protocol::relayed_frames_max);
    CHECK(bytes <= 2 * protocol::outbox_bytes_max);
    CHECK(marks <= frames);
    CHECK(durable(hub).size() <= leaves_before + frames);
    // What others send to the same party finds room.
    auto const before = hub.node->waiting(party("marac"));
    federation.inject("health", "coordinator",
                      protocol::encode_frame({protocol::FrameKind::message, numbered<FrameId>(frames), party("health"),
                                              party("marac"), Bytes(2000, 1)}));
    CHECK(hub.node->waiting(party("marac")) == before + 1);

    // A restart counts anew what waits.
    federation.crash("coordinator");
    federation.start("coordinator");
    CHECK(federation.at("coordinator").node->waiting(party("marac")) >= before + 1);
    // It collects, and is a party like the others again.
    federation.set_weather({});
    for (auto const* name : {"housing", "marac"}) {
        federation.set_link(name, false);
        federation.set_link(name, true);
    }
    federation.run_for(2min);
    for (auto const* name : {"housing", "marac"}) CHECK(federation.at("coordinator").node->waiting(party(name)) == 0);
    auto const after = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(after));
    CHECK(federation.grid(after).at("Samantha, housing") == "GREEN");
}
