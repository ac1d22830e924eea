#pragma once
// Nodes that hold a key ceremony in memory: the engine of each with a map for its disk, frames carried by hand in any
// order, and a hand that can change what one of them says.

#include "crypto/labels.hpp"
#include "crypto/text.hpp"
#include "protocol/engine/ceremony.hpp"
#include "protocol/engine/epoch_desk.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <memory>

namespace fanlight::protocol::test {

inline PartyId id_of(std::string_view text) {
    return PartyId::parse(text).value();
}

inline std::vector<PartyId> ids(std::initializer_list<std::string_view> texts) {
    std::vector<PartyId> all;
    for (auto const text : texts) all.push_back(id_of(text));
    return all;
}

inline std::vector<std::string> texts(std::vector<PartyId> const& parties) {
    std::vector<std::string> all;
    for (auto const& party : parties) all.push_back(party.text());
    return all;
}

struct Machine {
    struct Engines {
        Self self;
        Post post{self};
        Epochs epochs{self};
        Ceremony ceremony{self, post, epochs};
        EpochDesk desk{self, post, epochs};
        explicit Engines(Self const& with) : self(with) {}
    };
    PartyId party;
    crypto::SigningKey signing_key;
    crypto::SigningKey node_key;
    crypto::SealingKey sealing_key;
    crypto::SealingKey share_sealing_key;
    SubjectKey subject_key;
    crypto::LockedAeadKey at_rest_key;
    crypto::SeededRandom random;
    std::map<std::pair<Space, Bytes>, Bytes> disk;
    std::vector<std::string> log; ///< texts and reasons of its leaves
    std::unique_ptr<Engines> engines;

    Machine(PartyId id, crypto::Random& from, std::uint64_t seed)
        : party(std::move(id)), signing_key(crypto::SigningKey::generate(from)),
          node_key(crypto::SigningKey::generate(from)), sealing_key(crypto::SealingKey::generate(from)),
          share_sealing_key(crypto::SealingKey::generate(from)), subject_key(from.make<SubjectKey>()),
          at_rest_key(from.make<crypto::LockedAeadKey>()), random(seed) {}
};

/// A coordinator and the parties that may hold shares. Everything that anybody wrote or sent is kept for inspection.
class CeremonyWorld {
  public:
    enum class Crash { none, before_commit, before_transmissions };
    /// What a dishonest participant sends instead; none: nothing.
    using Tamper = std::function<std::optional<CeremonyMessage>(PartyId const& to, CeremonyMessage message)>;

    CeremonyWorld(std::vector<std::string> const& holders, std::uint8_t threshold, std::uint64_t seed) : random_(seed) {
        crypto::start_library();
        agreement_.mode = Mode::practice;
        agreement_.domain = "example.org";
        agreement_.id = random_.make<AgreementId>();
        agreement_.keys.threshold = threshold;
        add("coordinator");
        add("outsider");
        for (auto const& holder : holders) {
            add(holder);
            agreement_.keys.holders.push_back(id_of(holder));
        }
        for (auto& machine : machines_) start(*machine);
        link_all();
    }

    // --- nodes ---
    Machine& at(PartyId const& party) {
        for (auto& machine : machines_)
            if (machine->party == party) return *machine;
        FAIL("no such node: " << party.text());
        return *machines_.front();
    }
    Machine& at(std::string_view party) { return at(id_of(party)); }
    Machine& coordinator() { return at("coordinator"); }
    Ceremony const& ceremony(std::string_view party) { return at(party).engines->ceremony; }
    CeremonyView view(std::string_view party) {
        auto const view = ceremony(party).view();
        CAPTURE(party);
        REQUIRE(view);
        return *view;
    }
    CeremonyStage stage(std::string_view party) { return view(party).stage; }
    Epochs const& epochs(std::string_view party) { return at(party).engines->epochs; }
    policy::Agreement& agreement() { return agreement_; }
    std::vector<std::string> holders() const { return texts(agreement_.keys.holders); }
    Instant now() const { return now_; }

    /// A node as its disk has it.
    void start(Machine& machine) {
        machine.engines = std::make_unique<Machine::Engines>(Self{
            machine.party, agreement_, directory_, machine.signing_key, machine.node_key, machine.sealing_key,
            machine.share_sealing_key, machine.subject_key, machine.at_rest_key, crypto::one_thread(), machine.random});
        auto& engines = *machine.engines;
        for (auto const& [key, value] : machine.disk) {
            auto const restored = [&, space = key.first, &name = key.second, &bytes = value]() -> Result<void> {
                if (space == Space::seen) return engines.post.restore_seen(name, bytes);
                if (space == Space::outbox) return engines.post.restore_outbox(name, bytes);
                if (space == Space::epochs) return engines.epochs.restore(name, bytes);
                REQUIRE(space == Space::ceremony);
                return engines.ceremony.restore(name, bytes);
            }();
            REQUIRE(restored);
        }
    }
    /// Comes back from its disk; what was on its way to or from it is lost, and the links are made anew.
    void restart(Machine& machine) {
        std::erase_if(flying_,
                      [&](Flight const& flight) { return flight.from == machine.party || flight.to == machine.party; });
        start(machine);
        relink(machine);
    }
    void restart(std::string_view party) { restart(at(party)); }

    // --- steps ---
    using Act = std::function<void(Machine::Engines&, Effects&)>;
    void step(Machine& machine, Act const& act) {
        Effects effects;
        act(*machine.engines, effects);
        ++steps_;
        for (auto const& write : effects.writes)
            if (write.value) values.push_back(*write.value);
        for (auto const& entry : effects.leaves)
            for (auto const& field : entry.fields) {
                values.push_back(field.value);
                if (field.tag == crypto::FieldTag::text || field.tag == crypto::FieldTag::reason)
                    machine.log.emplace_back(as_text(field.value));
            }
        auto const crash = steps_ == crash_at ? crash_point : Crash::none;
        if (crash == Crash::before_commit) return restart(machine);
        for (auto& write : effects.writes) {
            auto key = std::pair(write.space, write.key);
            machine.disk.erase(key);
            if (write.value) machine.disk.emplace(std::move(key), *write.value);
        }
        if (crash == Crash::before_transmissions) return restart(machine);
        for (auto& sent : effects.transmissions) transmit(machine, sent.peer, std::move(sent.frame));
    }
    Result<void> start_ceremony(CeremonyPlan const& plan = {}) {
        return asked(coordinator(),
                     [&](auto& engines, auto& effects) { return engines.ceremony.start(now_, plan, effects); });
    }
    Result<void> join(std::string_view party, std::string const& typed = {}) {
        auto& machine = at(party);
        auto const words = typed.empty() ? crypto::fingerprint_words(view(party).fingerprint.view()) : typed;
        return asked(machine,
                     [&](auto& engines, auto& effects) { return engines.ceremony.join(now_, words, effects); });
    }
    Result<void> abandon(std::string_view party) {
        return asked(at(party), [&](auto& engines, auto& effects) { return engines.ceremony.abandon(now_, effects); });
    }

    // --- the wire ---
    /// Delivers until nothing is on its way, in any order (or in the order sent).
    void run(bool in_order = false) {
        while (!flying_.empty()) {
            auto const place = in_order ? 0 : pick(flying_.size());
            auto const flight = flying_[place];
            flying_.erase(flying_.begin() + static_cast<std::ptrdiff_t>(place));
            if (lose != 0 && pick(lose) == 0) {
                if (pick(2) == 0) continue;
                flying_.push_back(flight); // twice
            }
            now_ += Duration(1);
            deliver(flight.from, flight.to, flight.frame);
        }
    }
    /// Lost frames are offered again at a new link, until everything has arrived.
    void run_until_delivered() {
        for (int round = 0; round < 100; ++round) {
            run();
            bool waiting = false;
            for (auto& machine : machines_)
                for (auto& peer : machines_) waiting = waiting || machine->engines->post.waiting(peer->party) != 0;
            if (!waiting) return;
            link_all();
        }
        FAIL("frames never arrived");
    }
    void deliver(PartyId const& from, PartyId const& to, Bytes const& frame) {
        auto& machine = at(to);
        step(machine, [&](Machine::Engines& engines, Effects& effects) {
            auto const incoming = engines.post.receive(now_, from, frame, effects);
            if (!incoming) return;
            if (incoming->envelope.type == MessageType::ceremony)
                return engines.ceremony.receive(now_, *incoming, effects);
            REQUIRE(incoming->envelope.type == MessageType::key_certificate);
            if (engines.self.is_coordinator()) return engines.desk.certificate(now_, *incoming, effects);
            auto const note = decode_certificate_message(incoming->envelope.payload).value().note;
            engines.ceremony.certificate(now_, note, effects);
            (void)engines.epochs.accept(now_, note, std::nullopt, effects);
        });
    }
    void link_all() {
        for (auto& machine : machines_)
            if (machine->party != agreement_.coordinator) relink(*machine);
    }
    void advance_time(Duration by) { now_ += by; }
    /// A ceremony message of `from`, whatever it says, sealed and signed as a node does it.
    void inject(std::string_view from, std::string_view to, CeremonyMessage const& message,
                std::optional<AgreementId> under = std::nullopt) {
        auto& sender = at(from);
        auto& recipient = at(to);
        Envelope envelope{MessageType::ceremony,
                          random_.make<ExchangeId>(),
                          under.value_or(agreement_.id),
                          now_,
                          {},
                          encode(message),
                          {}};
        auto const& hub = agreement_.coordinator;
        auto const& last_hop = recipient.party == hub ? sender.party : hub;
        deliver(last_hop, recipient.party, frame_of(sender, recipient, random_.make<FrameId>(), std::move(envelope)));
    }
    Said say(std::string_view from, CeremonyKind kind, Bytes body) {
        return say(from, view(from).fingerprint, kind, std::move(body));
    }
    Said say(std::string_view from, crypto::Sha256 const& fingerprint, CeremonyKind kind, Bytes body) {
        CeremonySession session;
        session.fingerprint = fingerprint;
        return sign_said(at(from).engines->self, session, kind, std::move(body));
    }
    CeremonyMessage message(std::string_view from, CeremonyKind kind, Bytes body) {
        auto const id = view(from).proposal.id;
        if (!is_said(kind)) return {id, kind, std::move(body), {}};
        auto said = say(from, kind, std::move(body));
        return {id, kind, std::move(said.body), said.signature};
    }
    void tamper_with(std::string_view party, Tamper tamper) { tampers_[id_of(party)] = std::move(tamper); }
    /// A frame's ceremony message, as its recipient reads it.
    std::optional<CeremonyMessage> open(Frame const& frame) {
        if (frame.kind != FrameKind::message) return std::nullopt;
        auto const envelope = open_envelope({Mode::practice, frame.sender, frame.recipient}, frame.sealed,
                                            at(frame.recipient).sealing_key, at(frame.sender).node_key.verify_key());
        if (!envelope || envelope.value().type != MessageType::ceremony) return std::nullopt;
        return decode_ceremony_message(envelope.value().payload).value();
    }

    std::vector<Bytes> values; ///< of every write and leaf
    std::vector<Bytes> frames; ///< every frame sent
    std::size_t crash_at = 0;  ///< step number, from 1
    Crash crash_point = Crash::none;
    bool hold_certificates = false; ///< key certificates do not get through
    std::size_t lose = 0;           ///< of so many frames, one is lost or comes twice
    std::size_t steps() const { return steps_; }

  private:
    struct Flight {
        PartyId from;
        PartyId to;
        Bytes frame;
    };

    void add(std::string_view name) {
        machines_.push_back(std::make_unique<Machine>(id_of(name), random_, random_number()));
        auto const& machine = *machines_.back();
        policy::Party entry{machine.party};
        entry.organisation = std::string(name);
        entry.signing_key =
            crypto::NoteKey{note_key_name("example.org", machine.party, "signing"), machine.signing_key.verify_key()}
                .vkey();
        agreement_.parties.push_back(std::move(entry));
        directory_.emplace(machine.party, OperationalKeys{machine.party,
                                                          1,
                                                          machine.node_key.verify_key(),
                                                          {},
                                                          {},
                                                          {},
                                                          machine.sealing_key.public_key(),
                                                          machine.share_sealing_key.public_key()});
    }
    std::uint64_t random_number() {
        std::array<std::uint8_t, 8> bytes{};
        random_.fill(bytes);
        std::uint64_t number = 0;
        for (auto const byte : bytes) number = (number << 8U) | byte;
        return number;
    }
    std::size_t pick(std::size_t count) { return static_cast<std::size_t>(random_number() % count); }

    template <class Ask> Result<void> asked(Machine& machine, Ask const& ask) {
        Result<void> result = ok();
        step(machine, [&](Machine::Engines& engines, Effects& effects) {
            result = ask(engines, effects);
            if (!result) REQUIRE(effects.empty());
        });
        return result;
    }
    void relink(Machine& machine) {
        if (machine.party == agreement_.coordinator) return link_all();
        auto& hub = coordinator();
        for (auto* one : {&machine, &hub}) {
            auto const& other = one == &machine ? hub.party : machine.party;
            Effects effects;
            one->engines->post.link_up({}, other, effects);
            for (auto& sent : effects.transmissions) transmit(*one, sent.peer, std::move(sent.frame));
        }
    }
    Bytes frame_of(Machine& sender, Machine& recipient, FrameId const& id, Envelope envelope) {
        auto sealed = seal_envelope({Mode::practice, sender.party, recipient.party}, std::move(envelope),
                                    sender.node_key, recipient.sealing_key.public_key(), random_);
        return encode_frame({FrameKind::message, id, sender.party, recipient.party, std::move(sealed).value()});
    }
    bool is_certificate(Bytes const& bytes) {
        auto const frame = decode_frame(bytes).value();
        auto const envelope = open_envelope({Mode::practice, frame.sender, frame.recipient}, frame.sealed,
                                            at(frame.recipient).sealing_key, at(frame.sender).node_key.verify_key());
        return envelope && envelope.value().type == MessageType::key_certificate;
    }
    void transmit(Machine& from, PartyId const& to, Bytes bytes) {
        if (hold_certificates && is_certificate(bytes)) return;
        auto const tamper = tampers_.find(from.party);
        if (tamper != tampers_.end()) {
            auto const frame = decode_frame(bytes).value();
            auto message = frame.sender == from.party ? open(frame) : std::nullopt;
            if (message) {
                auto const changed = tamper->second(frame.recipient, *message);
                if (!changed) return;
                auto envelope = open_envelope({Mode::practice, frame.sender, frame.recipient}, frame.sealed,
                                              at(frame.recipient).sealing_key, from.node_key.verify_key())
                                    .value();
                envelope.payload = encode(*changed);
                bytes = frame_of(from, at(frame.recipient), frame.id, std::move(envelope));
            }
        }
        frames.push_back(bytes);
        flying_.push_back({from.party, to, std::move(bytes)});
    }

    crypto::SeededRandom random_;
    policy::Agreement agreement_{.coordinator = id_of("coordinator")};
    std::map<PartyId, OperationalKeys> directory_;
    std::vector<std::unique_ptr<Machine>> machines_;
    std::map<PartyId, Tamper> tampers_;
    std::vector<Flight> flying_;
    Instant now_ = parse_instant("2026-11-22T09:00:00Z").value();
    std::size_t steps_ = 0;
};

} // namespace fanlight::protocol::test
