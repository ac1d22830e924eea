#pragma once
// One agency on a simulated clock and disk, with its real engines; the one key holder and the coordinator are the test.
// The holder's answers are computed with the key, so that whoever is enrolled can really be found.

#include "crypto/labels.hpp"
#include "crypto/practice/practice_dealer.hpp"
#include "policy_fixture.hpp"
#include "protocol/engine/agency.hpp"
#include "protocol_samples.hpp"
#include "tests/system/disk.hpp"

#include <memory>

namespace fanlight::protocol::test {

using namespace std::chrono_literals;

/// `count` people, the first of them number `from`: short names, so about ten anchors each.
inline std::vector<PersonRecord> some_people(std::size_t count, std::size_t from = 0) {
    std::vector<PersonRecord> people;
    for (auto i = from; i < from + count; ++i) {
        auto const letter = [&](std::size_t place) {
            return static_cast<char>('b' + (i / (place * 7 + 1) + place) % 20);
        };
        PersonRecord record;
        record.id = "R" + std::to_string(i);
        record.identity.names = {{{letter(0), 'a', letter(1)}, {letter(2), 'o', letter(3)}}};
        record.identity.date_of_birth = parse_day("1970-01-13").value() + std::chrono::days(i * 37);
        record.rating = Rating{policy::Colour::red, parse_day("2026-11-20").value(), "P", "why", {}};
        people.push_back(std::move(record));
    }
    return people;
}

/// A request that reached the holder.
struct Asked {
    Instant at;
    ExchangeId exchange;
    crypto::Sha256 hash;
    EvaluateRequest request;
};
/// A message to the coordinator.
struct Told {
    Instant at;
    Envelope envelope;
};

/// Nothing is stopped.
class OpenGate : public Gate {
  public:
    std::optional<policy::Reason> silent(Instant) const override { return std::nullopt; }
    bool is_suspended(PartyId const&, PartyId const&) const override { return false; }
    void ask(Instant, Effects&) override {}
    void hold(Instant, Letter letter, crypto::ExchangeTag const&, Effects&) override {
        held.push_back(std::move(letter));
    }
    void owe_receipt(Instant, PartyId const&, crypto::ExchangeTag const&, crypto::LeafClass, Effects&) override {}
    void came_in(Instant, Duration) override {}

    std::vector<Letter> held;
};

class EnrolmentWorld {
  public:
    using Change = std::function<void(policy::Agreement&)>;
    enum class Holder { answers, silent, refuses };

    explicit EnrolmentWorld(std::string_view id = "police", Change const& change = {}, std::string_view at = "12:00:00")
        : now(parse_instant("2026-11-22T" + std::string(at) + "Z").value()),
          agreement(policy::test::practice_agreement()), own_(policy::test::party(id)), disk(agreement.mode) {
        agreement.keys.holders = {holder_};
        agreement.keys.threshold = 1;
        if (change) change(agreement);
        for (auto& entry : agreement.parties) {
            auto keys = std::make_unique<Keys>(Keys{crypto::SigningKey::generate(random_),
                                                    crypto::SigningKey::generate(random_),
                                                    crypto::SealingKey::generate(random_)});
            entry.signing_key = note_key(entry.id, *keys).vkey();
            directory_.emplace(entry.id, OperationalKeys{entry.id,
                                                         1,
                                                         keys->node.verify_key(),
                                                         {},
                                                         {},
                                                         {},
                                                         keys->sealing.public_key(),
                                                         keys->sealing.public_key()});
            keys_.emplace(entry.id, std::move(keys));
        }
        auto const& own = *keys_.at(own_);
        self_.emplace(Self{own_, agreement, directory_, own.signing, own.node, own.sealing, own.sealing, subject_key_,
                           at_rest_key_, crypto::one_thread(), random_});
        start();
    }

    /// Whatever was not written is gone, and so are answers on their way.
    void stop() {
        ++lives_;
        agency_.reset();
    }
    void start() {
        epochs_.emplace(*self_);
        post_.emplace(*self_);
        tokens_.emplace(*self_, *post_, *epochs_);
        agency_.emplace(*self_, *post_, *tokens_, *epochs_, gate_, disk);
        disk.forget_indexes();
        for (auto const& [place, value] : disk.state()) {
            auto const& [space, key] = place;
            if (space == Space::epochs) REQUIRE(epochs_->restore(key, value));
            if (space == Space::index) REQUIRE(agency_->enrolment().restore(key, value));
            if (space == Space::held) REQUIRE(agency_->restore_held(key, value));
            if (space == Space::budget) REQUIRE(agency_->restore_budget(key, value));
            if (space == Space::received) REQUIRE(agency_->restore_received(value));
        }
        step([&](Effects& effects) { post_->link_up(now, agreement.coordinator, effects); });
    }
    void restart() {
        stop();
        start();
    }

    void add_epoch(std::uint32_t number) {
        auto deal = crypto::deal(random_, 1, 1);
        KeyCertificate certificate{random_.make<CeremonyId>(),      number, 1, 1, {holder_}, {holder_}, deal.group,
                                   {deal.shares.front().public_key}};
        auto const text = key_certificate_text(agreement, certificate);
        auto const& keys = *keys_.at(holder_);
        std::vector<std::string> const lines{crypto::sign_note_line(text, note_key(holder_, keys).name, keys.signing)};
        shares_.insert_or_assign(number, std::move(deal.shares.front().key));
        step([&](Effects& effects) {
            REQUIRE(epochs_->accept(now, crypto::format_note(text, lines), std::nullopt, effects));
        });
    }
    void open_epoch(std::uint32_t number) {
        step([&](Effects& effects) { REQUIRE(epochs_->open(now, number, effects)); });
    }
    /// As protocol/engine/node.cpp does it: no wake in this step.
    void import(std::vector<PersonRecord> people, std::map<std::uint32_t, std::uint64_t> const& kept = {}) {
        auto const count = people.size();
        auto same = simulation::same_people(people, agreement);
        disk.replace_people(std::move(people), std::move(same));
        Effects effects;
        agency_->enrolment().imported(now, count, kept, {}, effects);
        apply(effects);
    }

    void run_for(Duration duration) { run_until(now + duration); }
    void run_until(std::string_view time) { run_until(parse_instant(time).value()); }
    void run_until(Instant end) {
        for (;;) {
            auto const wake = agency_ ? next_wake() : std::nullopt;
            bool const wakes = wake && (events_.empty() || std::max(*wake, now) < events_.begin()->first);
            if (!wakes && events_.empty()) break;
            auto const at = std::max(now, wakes ? *wake : events_.begin()->first);
            if (at > end) break;
            woken_ = wakes && at == now ? woken_ + 1 : 0;
            REQUIRE(woken_ < 100); // it is due at the same instant for ever
            now = at;
            if (wakes) {
                step([](Effects&) {});
                continue;
            }
            auto const event = events_.extract(events_.begin());
            event.mapped()();
        }
        now = end;
    }

    /// The holder's answer to that request, now.
    void answer(Asked const& one) {
        auto const set = crypto::HolderSet::from_bits(one.request.set, 1).value();
        auto const key = crypto::fold(shares_.at(one.request.epoch), 1, set).value();
        auto evaluated = crypto::evaluate_batch(key, one.request.blinded).value();
        auto const proof =
            crypto::prove(key, one.request.blinded, evaluated, crypto::random_proof_nonce(random_)).value();
        deliver(one, MessageType::evaluate_reply, encode(EvaluateReply{1, std::move(evaluated), proof, {}, 0, 0}));
    }
    void refuse(Asked const& one) {
        deliver(one, MessageType::evaluate_refusal,
                encode(EvaluateRefusal{EvaluateRefusalReason::budget_spent, 1024, 1024}));
    }

    /// Of the coordinator, about nobody; `keys` are the day tokens of its first slot.
    QueryId ask(std::uint32_t epoch, Day day, std::vector<DayToken> const& keys = {},
                std::optional<QueryId> const& id = {}) {
        auto made = query();
        made.id = last_asked = id.value_or(random_.make<QueryId>());
        made.epoch = epoch;
        made.day = day;
        made.deadline = now + 1h;
        made.expiry = now + 24h;
        auto& slot = made.slots.front();
        for (std::size_t i = 0; i < keys.size(); ++i) fill(slot, i, with_what_belongs_to(keys[i], epoch, day));
        return ask(std::move(made));
    }
    /// About somebody, as the coordinator would.
    QueryId ask_about(std::uint32_t epoch, Identity const& person) {
        auto made = query();
        made.id = last_asked = random_.make<QueryId>();
        made.epoch = epoch;
        made.day = day_of(now);
        made.deadline = now + 1h;
        made.expiry = now + 24h;
        auto const anchor = crypto::label(agreement.mode, crypto::Label::anchor);
        auto const component = crypto::label(agreement.mode, crypto::Label::component);
        auto const descriptors = descriptors_of(std::vector{person}, 0, {anchor, component});
        std::vector<crypto::Token> tokens;
        for (auto const& input : inputs_of(descriptors)) {
            auto const blind = crypto::random_blind(random_);
            auto const evaluated = crypto::evaluate(shares_.at(epoch), crypto::blind(input, blind).value()).value();
            tokens.push_back(crypto::finalize(input, blind, evaluated).value());
        }
        std::set<DayToken> used;
        made.slots.front() = build_slot({agreement.mode, made.day, self_->own_entry().people},
                                        tokens_of(agreement.mode, descriptors, tokens, own_), filled<PersonNonce>(1),
                                        context(), used, random_)
                                 .slot;
        return ask(std::move(made));
    }
    QueryId ask(Query made) {
        auto const payload = encode(made);
        Incoming const incoming{agreement.coordinator,
                                {MessageType::query, random_.make<ExchangeId>(), agreement.id, now, {}, payload, {}},
                                crypto::sha256({payload})};
        step([&](Effects& effects) { agency_->query(now, incoming, effects); });
        return made.id;
    }
    static void fill(Slot& slot, std::size_t place, SlotKey const& key) {
        slot.keys[place] = key.key;
        slot.components[place] = key.components;
        slot.fields[place] = key.fields;
    }
    /// If it is of somebody here, on that day.
    SlotKey with_what_belongs_to(DayToken const& key, std::uint32_t epoch, Day day) {
        for (std::size_t person = 1; person <= disk.people().size(); ++person) {
            auto const tokens = disk.tokens(epoch, static_cast<RecordRow>(person)).value();
            for (std::size_t i = 0; i < tokens.anchors.size(); ++i)
                if (day_token(agreement.mode, tokens.anchors[i].secret, day) == key)
                    return slot_key(agreement.mode, day, 0, tokens, i, random_);
        }
        auto other = dummy_slot_key(random_);
        other.key = key;
        return other;
    }
    /// The day tokens of a record, as the coordinator would make them.
    std::vector<DayToken> day_tokens(std::uint32_t epoch, RecordRow row, Day day) const {
        std::vector<DayToken> keys;
        for (auto const& anchor : disk.anchors())
            if (anchor.epoch == epoch && anchor.row == row)
                keys.push_back(day_token(agreement.mode, AgencySecret::parse(anchor.secret).value(), day));
        return keys;
    }
    /// What was answered about the first slot, and when.
    std::optional<std::pair<Instant, SlotAnswer>> answered(QueryId const& id) const {
        for (auto const& one : told) {
            if (one.envelope.type != MessageType::answer) continue;
            auto const answer = decode_answer(one.envelope.payload).value();
            if (answer.query == id) return std::pair(one.at, answer.slots.front());
        }
        return std::nullopt;
    }
    std::vector<Told> told_of(MessageType type) const {
        std::vector<Told> chosen;
        std::copy_if(told.begin(), told.end(), std::back_inserter(chosen),
                     [&](auto const& one) { return one.envelope.type == type; });
        return chosen;
    }

    Enrolment const& enrolment() const { return agency_->enrolment(); }
    Agency& agency() { return *agency_; }
    EnrolmentProgress progress(std::uint32_t epoch) const {
        for (auto const& one : enrolment().progress(now))
            if (one.epoch == epoch) return one;
        FAIL("no such epoch");
        return {};
    }
    std::size_t rows(Space space) const {
        return static_cast<std::size_t>(std::count_if(disk.state().begin(), disk.state().end(),
                                                      [&](auto const& row) { return row.first.first == space; }));
    }
    bool all_enrolled(std::uint32_t epoch) const { return disk.unenrolled(epoch, 0, 1).value().empty(); }
    std::set<RequestId> request_ids() const {
        std::set<RequestId> ids;
        for (auto const& one : asked) ids.insert(one.request.id);
        return ids;
    }
    void build(IndexKey const& index) {
        step([&](Effects& effects) { agency_->index_built(now, index, effects); });
    }

    Instant now;
    policy::Agreement agreement;
    Holder holder = Holder::answers;
    Duration latency = 5ms;
    std::optional<Duration> index_takes = 10ms; ///< none: the test says when
    std::vector<Asked> asked;
    std::vector<Told> told;
    QueryId last_asked;
    std::vector<std::pair<Instant, IndexKey>> builds;
    std::vector<std::pair<Instant, IndexKey>> drops;
    std::vector<std::uint32_t> forgotten; ///< epochs

  private:
    struct Keys {
        crypto::SigningKey signing;
        crypto::SigningKey node;
        crypto::SealingKey sealing;
    };
    static crypto::NoteKey note_key(PartyId const& id, Keys const& keys) {
        return {note_key_name("practice.example", id, "signing"), keys.signing.verify_key()};
    }

    void step(std::function<void(Effects&)> const& event) {
        if (!agency_) return;
        Effects effects;
        event(effects);
        for (auto const epoch : epochs_->wake(now, effects)) agency_->enrolment().forget(epoch, effects);
        for (auto const& failed : tokens_->wake(now, effects)) agency_->enrolment().finished(now, failed, effects);
        agency_->wake(now, effects);
        apply(effects);
    }

    void apply(Effects const& effects) {
        for (auto const epoch : effects.forget_epochs) forgotten.push_back(epoch);
        for (auto const& index : effects.drop_indexes) drops.emplace_back(now, index);
        disk.commit(effects);
        disk.publish();
        for (auto const& index : effects.build_indexes) {
            builds.emplace_back(now, index);
            if (index_takes) later(*index_takes, [this, index] { build(index); });
        }
        for (auto const& transmission : effects.transmissions) receive(transmission.frame);
    }

    void later(Duration after, std::function<void()> event) {
        events_.emplace(now + after, [this, lives = lives_, event = std::move(event)] {
            if (lives == lives_) event();
        });
    }

    void receive(Bytes const& bytes) {
        auto const frame = decode_frame(bytes).value();
        if (frame.kind != FrameKind::message) return;
        Effects acknowledged;
        auto const ack = encode_frame({FrameKind::acknowledgement, frame.id, agreement.coordinator, own_, {}});
        CHECK_FALSE(post_->receive(now, agreement.coordinator, ack, acknowledged));
        disk.commit(acknowledged);
        auto envelope = open_envelope({agreement.mode, frame.sender, frame.recipient}, frame.sealed,
                                      keys_.at(frame.recipient)->sealing, keys_.at(own_)->node.verify_key())
                            .value();
        if (frame.recipient == agreement.coordinator) {
            told.push_back({now, std::move(envelope)});
            return;
        }
        REQUIRE(envelope.type == MessageType::evaluate_request);
        asked.push_back({now, envelope.exchange, crypto::sha256({envelope.payload}),
                         decode_evaluate_request(envelope.payload).value()});
        auto const place = asked.size() - 1;
        if (holder == Holder::answers) later(latency, [this, place] { answer(Asked(asked[place])); });
        if (holder == Holder::refuses) later(latency, [this, place] { refuse(Asked(asked[place])); });
    }

    void deliver(Asked const& one, MessageType type, Bytes payload) {
        auto const hash = crypto::sha256({payload});
        Incoming const incoming{
            holder_, {type, one.exchange, agreement.id, now, one.hash, std::move(payload), {}}, hash};
        step([&](Effects& effects) {
            auto const done = type == MessageType::evaluate_reply ? tokens_->reply(now, incoming, effects)
                                                                  : tokens_->refused(now, incoming, effects);
            if (!done) return;
            CHECK(enrolment().owns(done->job));
            agency_->enrolment().finished(now, *done, effects);
        });
    }

    std::optional<Instant> next_wake() const {
        auto soonest = agency_->next_wake();
        for (auto const& at : {tokens_->next_wake(), epochs_->next_wake()})
            if (at && (!soonest || *at < *soonest)) soonest = at;
        return soonest;
    }

    PartyId const holder_ = policy::test::party("health");
    PartyId own_;
    crypto::SeededRandom random_{1};
    std::map<PartyId, std::unique_ptr<Keys>> keys_;
    OpenGate gate_;
    std::map<PartyId, OperationalKeys> directory_;
    std::map<std::uint32_t, crypto::OprfKey> shares_;
    SubjectKey subject_key_ = random_.make<SubjectKey>();
    crypto::LockedAeadKey at_rest_key_ = random_.make<crypto::LockedAeadKey>();

  public:
    simulation::Disk disk;

  private:
    std::optional<Self> self_;
    std::optional<Post> post_;
    std::optional<Epochs> epochs_;
    std::optional<TokenClient> tokens_;
    std::optional<Agency> agency_;
    std::multimap<Instant, std::function<void()>> events_;
    int lives_ = 0;
    int woken_ = 0;
};

} // namespace fanlight::protocol::test
