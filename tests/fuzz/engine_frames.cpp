// A hostile party that everybody knows, against a node: the input is turned into messages of the real types, built from
// what such messages were in a federation that worked, with fields and bytes changed, properly signed and sealed, in
// any order and at any time, as answers to what the node asks too; between them frames of any bytes, replays, silence,
// new heads, restarts, and people at the node's screen.
//
//   first byte: against which node. Then each byte an act, with what that act reads.
//
// Oracles: no step fails; whoever is answered has a leaf that names the answer, durable before it; the same frame again
// does nothing but be acknowledged, and the same message in another frame nothing but be logged; what one message makes
// a node write and send is bounded; it does not ask to be woken for ever; and what it has written it can read again
// after a restart.

#include "oracle.hpp"
#include "protocol/wire/log_wire.hpp"
#include "tests/system/federation.hpp"

using namespace fanlight;
using namespace fanlight::protocol;
using fuzz::require;

namespace {

constexpr std::size_t acts_max = 12;
// What one event may make a node do. A head of a sensitive service's log is filled up with 63 leaves; a link that comes
// up sends everything that waits.
constexpr std::size_t writes_max = 64;
constexpr std::size_t leaves_max = 128;
constexpr std::size_t transmissions_max = 64;
constexpr int wakes_max = 100;

/// Who plays whom.
constexpr std::array targets{"police", "coordinator"};

/// What was said to each of the targets, by type, while the federation worked; and how it was then.
class World {
  public:
    World() : federation_(simulation::Federation::Records::none, 1, {}, shape()) {
        for (auto const* target : targets) in_force_.push_back(federation_.at(target).in_force);
        federation_.on_delivery = [this](simulation::Delivery const& delivery) { capture(delivery); };
        for (auto const& party : shape()) {
            auto people = simulation::practice_people(party, day_of(federation_.now()));
            if (people.size() > people_each) people.erase(people.begin() + people_each, people.end());
            federation_.import(party, std::move(people));
        }
        auto const open = [this] { return federation_.at("police").node->epochs().open() != nullptr; };
        require(federation_.run_until(open, std::chrono::minutes(10)));
        auto const asked = federation_.submit(simulation::practice_family("marie", federation_.agreement()));
        require(asked.has_value());
        federation_.run_until_settled(asked.value());
        for (auto const* target : targets) {
            static_cast<void>(federation_.ask("health", ReconcileStarted{simulation::party(target), {}}));
            static_cast<void>(federation_.ask(target, ReconcileStarted{simulation::party("health"), {}}));
        }
        static_cast<void>(federation_.ask("coordinator", CeremonyStarted{{}}));
        federation_.run_for(std::chrono::seconds(70));
        federation_.on_delivery = {};
    }

    simulation::Federation& federation() { return federation_; }
    InForce const& in_force(std::size_t target) const { return in_force_.at(target); }
    /// What such a message was: from this sender, or else from whoever said one.
    Envelope sample(std::size_t target, std::string const& sender, MessageType type, std::size_t which) const {
        auto found = said_.find({targets.at(target), type, sender});
        if (found == said_.end()) found = said_.lower_bound({targets.at(target), type, {}});
        if (found == said_.end() || std::get<MessageType>(found->first) != type)
            return {type, {}, federation_.agreement().id, federation_.now(), {}, {}, {}};
        return found->second.at(which % found->second.size());
    }
    Family const& family(std::string const& name) {
        auto const found = families_.find(name);
        if (found != families_.end()) return found->second;
        return families_.emplace(name, simulation::practice_family(name, federation_.agreement())).first->second;
    }

  private:
    static constexpr std::ptrdiff_t people_each = 3;
    static constexpr std::size_t samples_max = 4;
    static simulation::Shape const& shape() {
        static simulation::Shape const parties{"police", "social_care", "health", "domestic_abuse"};
        return parties;
    }
    void capture(simulation::Delivery const& delivery) {
        auto const frame = decode_frame(delivery.frame);
        if (!frame || frame.assume_value().recipient != delivery.to) return;
        auto envelope = federation_.open(frame.assume_value());
        if (!envelope) return;
        auto& samples = said_[{delivery.to.text(), envelope->type, frame.assume_value().sender.text()}];
        if (samples.size() < samples_max) samples.push_back(std::move(*envelope));
    }

    simulation::Federation federation_;
    std::vector<InForce> in_force_; // as it was accepted, which is what a restart begins with
    std::map<std::tuple<std::string, MessageType, std::string>, std::vector<Envelope>> said_; // to, type, from
    std::map<std::string, Family> families_;
};

/// One node of that federation, living on alone from a copy of its disk.
class Host {
  public:
    Host(World& world, std::size_t target)
        : world_(world), target_(target), member_(world.federation().at(targets.at(target))), disk_(member_.disk),
          log_(disk_, member_.log->origin(), member_.log_key), in_force_(world.in_force(target)), random_(5),
          now_(world.federation().now()), state_before_(disk_.state().size()) {
        restart();
    }

    Instant now() const { return now_; }
    PartyId const& party() const { return member_.party; }
    bool is_hub() const { return member_.party.text() == "coordinator"; }
    void pass(Duration duration) { now_ += duration; }

    void restart() {
        node_.reset();
        in_force_ = world_.in_force(target_);
        self_.reset();
        self_.emplace(Self{member_.party, in_force_.agreement, in_force_.directory, member_.signing_key,
                           member_.node_key, member_.sealing_key, member_.share_sealing_key, member_.subject_key,
                           member_.at_rest_key, crypto::one_thread(), random_, &in_force_.book});
        disk_.forget_indexes();
        node_ = std::make_unique<Node>(*self_, in_force_, member_.witness_key, is_hub() ? nullptr : &disk_, log_, log_);
        disk_.publish();
        for (auto const& [key, value] : disk_.state()) require(bool(node_->restore(key.first, key.second, value)));
        step(Started{});
        links(true);
    }
    void links(bool up) {
        for (auto const& other : world_.federation().members()) {
            if (other->party == party() || (!is_hub() && other->party.text() != "coordinator")) continue;
            if (up)
                step(LinkUp{other->party});
            else
                step(LinkDown{other->party});
        }
    }
    void publish() {
        disk_.publish();
        step(LogPublished{log_.next()});
    }
    /// What of this type it has said last to a party; nullptr: nothing.
    Envelope const* said_to(std::string const& other, MessageType type) const {
        auto const found = said_.find({other, type});
        return found == said_.end() ? nullptr : &found->second;
    }
    /// What somebody at its screen wants; it may be refused.
    void ask(Event event) {
        if (auto stepped = node_->step(now_, std::move(event))) done(std::move(stepped).assume_value(), false);
    }
    /// With everything that it asks to be woken for by now.
    Effects step(Event event) {
        auto effects = do_step(std::move(event));
        for (int wakes = 0;; ++wakes) {
            auto const wake = node_->next_wake();
            if (!wake || *wake > now_) break;
            require(wakes < wakes_max);
            do_step(Woken{});
        }
        require(disk_.state().size() <= state_before_ + writes_max * ++steps_);
        return effects;
    }

  private:
    Effects do_step(Event event) {
        bool const sends_all = std::holds_alternative<LinkUp>(event);
        auto stepped = node_->step(now_, std::move(event));
        require(stepped.has_value());
        return done(std::move(stepped).assume_value(), sends_all);
    }
    Effects done(Effects effects, bool sends_all) {
        require(effects.writes.size() <= writes_max && effects.leaves.size() <= leaves_max);
        require(sends_all || effects.transmissions.size() <= transmissions_max);
        disk_.commit(effects);
        for (auto const& transmission : effects.transmissions) check_sent(transmission);
        auto const indexes = effects.build_indexes;
        for (auto const& index : indexes) do_step(IndexBuilt{index});
        return effects;
    }
    void check_sent(Transmission const& transmission) {
        require(is_hub() != (transmission.peer.text() == "coordinator"));
        auto const frame = decode_frame(transmission.frame);
        require(frame.has_value());
        if (frame.assume_value().kind != FrameKind::message || frame.assume_value().sender != party()) return;
        auto const envelope = world_.federation().open(frame.assume_value());
        require(envelope.has_value());
        auto const type = envelope->type;
        if (type == MessageType::answer || type == MessageType::summary || type == MessageType::evaluate_reply)
            require(is_logged(crypto::sha256({envelope->payload})));
        said_.insert_or_assign(std::pair(frame.assume_value().recipient.text(), type), *envelope);
    }
    bool is_logged(crypto::Sha256 const& message) const {
        auto const names = [&](crypto::Entry const& entry) {
            for (auto const& hash : simulation::values_of(entry, crypto::FieldTag::message_hash))
                if (fuzz::same(hash, message.view())) return true;
            return false;
        };
        return std::any_of(disk_.pending().rbegin(), disk_.pending().rend(), names) ||
               std::any_of(disk_.log().rbegin(), disk_.log().rend(), names);
    }

    World& world_;
    std::size_t target_;
    simulation::Member const& member_;
    simulation::Disk disk_;
    simulation::DiskLog log_;
    InForce in_force_;
    crypto::SeededRandom random_;
    Instant now_;
    std::size_t state_before_;
    std::size_t steps_ = 0;
    std::map<std::pair<std::string, MessageType>, Envelope> said_;
    std::optional<Self> self_;
    std::unique_ptr<Node> node_;
};

/// What a message of this type answers.
MessageType asked_by(MessageType type) {
    using enum MessageType;
    constexpr std::array pairs{std::pair(evaluate_reply, evaluate_request),
                               std::pair(evaluate_refusal, evaluate_request),
                               std::pair(answer, query),
                               std::pair(summary, summary_request),
                               std::pair(refusal, query),
                               std::pair(log_cosignature, log_head),
                               std::pair(reconcile_reply, reconcile_request),
                               std::pair(copies_reply, copies_request)};
    for (auto const& [reply, request] : pairs)
        if (reply == type) return request;
    return type;
}

/// Another number for one that a message has: near it, at an end, or any.
std::uint64_t other_number(fuzz::Input& input, std::uint64_t was) {
    switch (input.u8() % 6) {
    case 0: return was;
    case 1: return was + input.u8();
    case 2: return was - input.u8();
    case 3: return 0;
    case 4: return ~std::uint64_t(0) >> (input.u8() % 64U);
    default: return input.u64();
    }
}
std::uint32_t other_small(fuzz::Input& input, std::uint32_t was) {
    return static_cast<std::uint32_t>(other_number(input, was));
}
Instant other_time(fuzz::Input& input, Instant was) {
    return from_wire(other_number(input, to_wire(was)));
}

template <class Message, class Change>
void change(Bytes& payload, Result<Message> decoded, Change const& change_fields) {
    if (!decoded) return;
    change_fields(decoded.assume_value());
    payload = encode(decoded.assume_value());
}

/// Fields that mean something, so that the message still has its form.
void change_fields(fuzz::Input& input, MessageType type, Bytes& payload) {
    auto const number = [&](std::uint32_t& field) { field = other_small(input, field); };
    if (type == MessageType::evaluate_request)
        change(payload, decode_evaluate_request(payload), [&](EvaluateRequest& message) {
            if ((input.u8() & 1U) != 0) message.id = input.tagged<RequestId>();
            message.purpose = static_cast<EvaluatePurpose>(1 + input.u8() % 3U);
            for (auto* field : {&message.epoch, &message.sharing, &message.set}) number(*field);
            message.receipt.served = other_number(input, message.receipt.served);
            message.blinded.erase(message.blinded.begin() + 1, message.blinded.end()); // a large batch takes its time
        });
    if (type == MessageType::query)
        change(payload, decode_query(payload), [&](Query& message) {
            if ((input.u8() & 1U) != 0) message.id = input.tagged<QueryId>();
            for (auto* field : {&message.epoch, &message.matching_version, &message.purpose, &message.route})
                number(*field);
            message.day = day_from_wire(other_small(input, to_wire(message.day)));
            message.deadline = other_time(input, message.deadline);
            message.expiry = other_time(input, message.expiry);
            message.slots[input.u8() % limits::slots].keys[0] = message.slots[0].keys[0];
        });
    if (type == MessageType::answer)
        change(payload, decode_answer(payload), [&](Answer& message) {
            auto& slot = message.slots[input.u8() % limits::slots];
            slot.clause = static_cast<std::uint16_t>(other_number(input, slot.clause));
            message.statement.at = other_time(input, message.statement.at);
        });
    if (type == MessageType::summary_request)
        change(payload, decode_summary_request(payload), [&](SummaryRequest& message) { number(message.slots); });
    if (type == MessageType::reconcile_request)
        change(payload, decode_reconcile_request(payload), [&](ReconcileRequest& message) {
            message.since = other_time(input, message.since);
            number(message.shard);
            message.position = other_number(input, message.position);
        });
    if (type == MessageType::reconcile_reply)
        change(payload, decode_reconcile_reply(payload), [&](ReconcileReply& message) {
            if (message.ends.empty()) message.ends.push_back({{}, crypto::LeafClass::query_sent, {2026, 0}, {}});
            auto& end = message.ends[input.u8() % message.ends.size()];
            end.time = other_time(input, end.time);
            end.place.shard = static_cast<std::int32_t>(other_small(input, 2026) % 9'999'999U);
            end.place.position = other_number(input, end.place.position);
            auto const flags = input.u8();
            message.more = (flags & 1U) != 0;
            if ((flags & 2U) != 0) end.tag = input.tagged<crypto::ExchangeTag>();
        });
    if (type == MessageType::log_cosignature)
        change(payload, decode_log_cosignature(payload), [&](LogCosignature& message) {
            constexpr std::array statuses{crypto::WitnessStatus::ok, crypto::WitnessStatus::conflict,
                                          crypto::WitnessStatus::forbidden, crypto::WitnessStatus::unprocessable};
            message.status = statuses[input.u8() % statuses.size()];
            message.size = other_number(input, message.size);
            if (message.status == crypto::WitnessStatus::conflict)
                message.body = std::to_string(other_number(input, message.size)) + "\n";
        });
    if (type == MessageType::copies_request)
        change(payload, Result<CopiesRequest>(CopiesRequest{"practice.northbridge.example/disclosures/health/2026", 0}),
               [&](CopiesRequest& message) { message.first = other_number(input, 0); });
    if (type == MessageType::register_request)
        change(payload, Result<RegisterRequest>(RegisterRequest{}),
               [&](RegisterRequest& message) { number(message.have); });
    if (type == MessageType::register_entry)
        change(payload, decode_register_entry(payload), [&](RegisterEntry& message) { number(message.place); });
    if (type == MessageType::epoch_opened)
        change(payload, Result<EpochOpened>(EpochOpened{1}), [&](EpochOpened& message) { number(message.epoch); });
    if (type == MessageType::index_ready)
        change(payload, Result<IndexReady>(IndexReady{1, 1}), [&](IndexReady& message) {
            number(message.epoch);
            number(message.matching_version);
        });
}

void change_bytes(fuzz::Input& input, Bytes& payload) {
    for (auto left = input.u8() % 4U; left != 0 && !payload.empty(); --left) {
        auto const place = input.u16() % payload.size();
        payload[place] ^= input.u8();
    }
    if (auto const cut = input.u8(); cut > 240 && !payload.empty()) payload.resize(payload.size() * (cut - 240U) / 16U);
}

bool only_acknowledges(Effects const& effects) {
    return std::all_of(effects.transmissions.begin(), effects.transmissions.end(), [](Transmission const& one) {
        return decode_frame(one.frame).value().kind == FrameKind::acknowledgement;
    });
}

class Attack {
  public:
    Attack(World& world, std::size_t target, fuzz::Input& input)
        : world_(world), target_(target), host_(world, target), input_(input) {}

    void run() {
        for (std::size_t acts = 0; acts < acts_max && !input_.empty(); ++acts) act();
        host_.restart();
    }

  private:
    void act() {
        auto const kind = input_.u8();
        switch (kind % 16) {
        case 0: deliver(to_bytes(input_.piece())); break;
        case 1: again(false); break;
        case 2: again(true); break;
        case 3:
            host_.pass(std::chrono::milliseconds(input_.u16()) * (1U << (input_.u8() % 16U)));
            host_.step(Woken{});
            break;
        case 4: host_.links((kind & 16U) != 0); break;
        case 5: host_.publish(); break;
        case 6: host_.restart(); break;
        case 7: ask(input_.u8()); break;
        default: say(kind);
        }
    }
    void ask(std::uint8_t what) {
        constexpr std::array families{"marie", "chloe", "abdul"};
        auto const health = simulation::party("health");
        switch (what % 5) {
        case 0: return host_.ask(ReconcileStarted{health, host_.now() - std::chrono::hours(what)});
        case 1: return host_.ask(ClockJumped{});
        case 2: return host_.ask(DiskRoom{(what & 16U) != 0});
        case 3: return host_.ask(MatchesViewed{});
        default: break;
        }
        auto const name = families[what / 5U % families.size()];
        host_.ask(FamilySubmitted{input_.tagged<CaseId>(), world_.family(name)});
    }
    void say(std::uint8_t kind) {
        constexpr std::array senders{"health", "social_care", "domestic_abuse", "coordinator", "police"};
        auto const* sender = senders[input_.u8() % senders.size()];
        if (sender == host_.party().text()) sender = "health";
        auto const type = static_cast<MessageType>(1 + input_.u8() % static_cast<unsigned>(newest_message_type));
        auto envelope = world_.sample(target_, sender, type, input_.u8());
        envelope.type = type;
        auto const how = input_.u8();
        if ((how & 1U) == 0) envelope.exchange = input_.tagged<ExchangeId>();
        envelope.time = host_.now();
        if ((how & 2U) != 0) envelope.time = other_time(input_, envelope.time);
        if ((how & 4U) != 0) envelope.answers = input_.tagged<crypto::Sha256>();
        if ((how & 8U) != 0) envelope.agreement = input_.tagged<AgreementId>();
        if (auto const* asked = host_.said_to(sender, asked_by(type)); asked != nullptr && (how & 16U) != 0) {
            envelope.exchange = asked->exchange;
            envelope.answers = crypto::sha256({asked->payload});
        }
        if ((kind & 16U) != 0) change_fields(input_, type, envelope.payload);
        if ((kind & 32U) != 0) change_bytes(input_, envelope.payload);
        last_ = {sender, std::move(envelope)};
        deliver(frame_of_last());
    }
    Bytes frame_of_last() { return world_.federation().message(last_->first, host_.party().text(), last_->second); }
    PartyId hop() const {
        return simulation::party(host_.is_hub() && last_ ? std::string_view(last_->first)
                                 : host_.is_hub()        ? "health"
                                                         : "coordinator");
    }
    Effects deliver(Bytes frame) {
        frame_ = frame;
        auto effects = host_.step(FrameReceived{hop(), std::move(frame)});
        taken_ = std::any_of(effects.writes.begin(), effects.writes.end(),
                             [](Write const& write) { return write.space == Space::seen && write.value; });
        return effects;
    }
    /// What was taken once has no second effect.
    void again(bool in_another_frame) {
        if (!last_ || !taken_) return;
        auto const first = frame_;
        auto const effects = deliver(in_another_frame ? frame_of_last() : first);
        require(!taken_ && effects.writes.empty() && only_acknowledges(effects));
        require(effects.leaves.size() == (in_another_frame ? 1U : 0U));
    }

    World& world_;
    std::size_t target_;
    Host host_;
    fuzz::Input& input_;
    std::optional<std::pair<std::string, Envelope>> last_;
    Bytes frame_;
    bool taken_ = false;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static World world;
    fuzz::Input input(data, size);
    auto const target = input.u8() % targets.size();
    Attack(world, target, input).run();
    return 0;
}
