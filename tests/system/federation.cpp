// The event loop and the lives of the nodes.

#include "federation.hpp"

#include "crypto/practice/practice_dealer.hpp"
#include "crypto/text.hpp"

#include <catch2/catch.hpp>

namespace fanlight::simulation {

using namespace protocol;

// Defined in practice_data.cpp.
std::string practice_template();

char const* name(CrashPoint point) {
    switch (point) {
    case CrashPoint::before_transaction: return "before the transaction";
    case CrashPoint::before_log: return "before the log";
    case CrashPoint::before_transmissions: return "before the transmissions";
    case CrashPoint::after_transmissions: return "after the transmissions";
    }
    return "";
}

namespace {

constexpr Duration index_takes = std::chrono::milliseconds(10);
constexpr Duration publish_after = std::chrono::milliseconds(250); // as node/daemon/core.cpp
constexpr Duration publish_takes = std::chrono::milliseconds(1);

void replace_all(std::string& text, std::string const& from, std::string const& to) {
    for (auto place = text.find(from); place != std::string::npos; place = text.find(from, place + to.size()))
        text.replace(place, from.size(), to);
}

/// Every party's placeholder gets a key: the parties' signing keys and those of their officers.
std::string with_keys(std::string text, std::map<std::string, crypto::SigningKey>& keys, crypto::Random& random) {
    for (auto place = text.find("@@"); place != std::string::npos; place = text.find("@@")) {
        auto const end = text.find("@@", place + 2);
        auto const what = text.substr(place + 2, end - place - 2);
        auto key = crypto::SigningKey::generate(random);
        replace_all(text, "@@" + what + "@@", crypto::NoteKey{"practice/" + what, key.verify_key()}.vkey());
        keys.emplace(what, std::move(key));
    }
    return text;
}

crypto::SeededRandom seeded_from(crypto::Random& random) {
    Bytes number(8);
    random.fill(number);
    std::uint64_t seed = 0;
    for (auto const byte : number) seed = (seed << 8U) | byte;
    return crypto::SeededRandom(seed);
}

} // namespace

Federation::Federation(Records records, std::uint64_t seed, Change const& change)
    : now_(practice_start()), random_(seed) {
    crypto::start_library();
    change_ = change;
    text_ = with_keys(practice_template(), keys_, random_);
    make_members();
    if (records == Records::none) deal_epoch(1, {"police", "health", "domestic_abuse"});
    if (records == Records::practice) {
        auto const& from = enrolled(seed);
        now_ = from.now;
        for (auto const& member : members_) {
            member->disk = from.disks.at(member->party);
            member->random = seeded_from(random_); // not what its first life drew
        }
    }
    for (auto const& member : members_) start(member->party.text());
    run_for(std::chrono::seconds(1));
}

std::string Federation::signed_by_one(std::string const& text, std::string const& party,
                                      std::string const& which) const {
    auto const what = party + "." + which;
    std::array<std::string, 1> const lines{crypto::sign_note_line(text, "practice/" + what, keys_.at(what))};
    return crypto::format_note(text, lines);
}

std::string Federation::signed_by(std::string const& text, std::vector<std::string> parties) const {
    if (parties.empty())
        for (auto const& member : members_) parties.push_back(member->party.text());
    std::vector<std::string> lines;
    for (auto const& one : parties)
        for (auto const* which : {"officer", "dpo"})
            lines.push_back(crypto::sign_note_line(text, "practice/" + one + "." + which, keys_.at(one + "." + which)));
    std::sort(lines.begin(), lines.end());
    return crypto::format_note(text, lines);
}

void Federation::put_ahead(std::string_view party) {
    auto text = text_;
    replace_all(text, "\nversion = 1\n", "\nversion = 2\n");
    REQUIRE(at(party).in_force.book.add(signed_by(text)));
}

std::string Federation::key_note(OperationalKeys const& keys) const {
    return signed_by_one(key_note_text(Mode::practice, keys), keys.party.text(), "signing_key");
}

void Federation::make_members() {
    auto const parsed = policy::parse_agreement(text_);
    for (auto const& finding : parsed.findings) UNSCOPED_INFO(policy::describe(finding));
    REQUIRE(parsed.agreement);
    std::map<std::string, std::string> notes;
    std::vector<std::string> parties;
    struct Made {
        crypto::SigningKey node, witness, log;
        crypto::SealingKey sealing, share_sealing;
    };
    std::map<PartyId, Made> made;
    for (auto const& entry : parsed.agreement->parties) {
        auto const name = entry.id.text();
        parties.push_back(name);
        auto node = crypto::SigningKey::generate(random_);
        auto sealing = crypto::SealingKey::generate(random_);
        auto share_sealing = crypto::SealingKey::generate(random_);
        auto witness = crypto::SigningKey::generate(random_);
        auto log = crypto::SigningKey::generate(random_);
        OperationalKeys const keys{entry.id,
                                   1,
                                   node.verify_key(),
                                   crypto::sha256({as_bytes("pin of " + name)}),
                                   log.verify_key(),
                                   witness.verify_key(),
                                   sealing.public_key(),
                                   share_sealing.public_key()};
        notes.emplace(name, key_note(keys));
        made.emplace(entry.id, Made{std::move(node), std::move(witness), std::move(log), std::move(sealing),
                                    std::move(share_sealing)});
    }
    auto begun = Book::begin(signed_by(text_, parties), notes);
    REQUIRE(begun);
    genesis_ = std::move(begun).assume_value();
    for (auto& [id, keys] : made)
        members_.push_back(std::make_unique<Member>(Member{id,
                                                           std::move(keys_.at(id.text() + ".signing_key")),
                                                           std::move(keys.node),
                                                           std::move(keys.sealing),
                                                           std::move(keys.share_sealing),
                                                           std::move(keys.witness),
                                                           std::move(keys.log),
                                                           random_.make<SubjectKey>(),
                                                           random_.make<crypto::LockedAeadKey>(),
                                                           seeded_from(random_),
                                                           Disk(Mode::practice),
                                                           nullptr,
                                                           InForce::of(*genesis_, now_),
                                                           std::nullopt,
                                                           nullptr,
                                                           0,
                                                           true,
                                                           0,
                                                           std::nullopt,
                                                           std::nullopt,
                                                           std::nullopt,
                                                           0}));
    for (auto const& member : members_)
        member->log = std::make_unique<DiskLog>(
            member->disk, shard_origin(genesis_->versions().back().agreement.domain, member->party, log_shard),
            member->log_key);
    for (auto const& member : members_) begin_again(*member);
}

/// The register as it was accepted; what followed comes from the disk.
void Federation::begin_again(Member& member) const {
    member.in_force = InForce::of(*genesis_, now_);
    if (change_) change_(member.in_force.agreement);
}

Self Federation::self_of(Member& member) const {
    return {member.party,
            member.in_force.agreement,
            member.in_force.directory,
            member.signing_key,
            member.node_key,
            member.sealing_key,
            member.share_sealing_key,
            member.subject_key,
            member.at_rest_key,
            crypto::one_thread(),
            member.random,
            &member.in_force.book};
}

void Federation::deal_epoch(std::uint32_t epoch, std::vector<std::string> const& holders) {
    auto const threshold = agreement().keys.threshold;
    auto dealt = crypto::deal(random_, threshold, static_cast<std::uint8_t>(holders.size()));
    KeyCertificate certificate{random_.make<CeremonyId>(), epoch, 1, threshold, {}, {}, dealt.group, {}};
    for (std::size_t i = 0; i < holders.size(); ++i) {
        certificate.holders.push_back(party(holders[i]));
        certificate.holder_public.push_back(dealt.shares[i].public_key);
    }
    certificate.dealers = certificate.holders;
    auto const text = key_certificate_text(agreement(), certificate);
    std::vector<std::string> lines;
    for (auto const& signer : certificate.signers()) {
        auto const key = crypto::parse_vkey(agreement().find(signer)->signing_key);
        lines.push_back(crypto::sign_note_line(text, key.value().name, at(signer.text()).signing_key));
    }
    auto const note = crypto::format_note(text, lines);
    for (auto const& member : members_) {
        REQUIRE_FALSE(member->node); // what is dealt lies on the disk before the node starts
        std::optional<crypto::OprfKey> share;
        if (auto const index = certificate.share_index(member->party)) share = std::move(dealt.shares[*index - 1U].key);
        auto const self = self_of(*member);
        Epochs epochs(self);
        for (auto const& [key, value] : member->disk.state())
            if (key.first == Space::epochs && key.second.at(0) != 3) REQUIRE(epochs.restore(key.second, value));
        Effects effects;
        REQUIRE(epochs.accept(now_, note, std::move(share), effects));
        member->disk.commit(effects);
        member->disk.publish();
    }
}

Result<void> Federation::ask(std::string_view party, Event event) {
    auto& member = at(party);
    auto effects = member.node->step(now_, std::move(event));
    if (!effects) return std::move(effects).as_failure();
    apply(member, std::move(effects).assume_value());
    return ok();
}

Federation::Enrolled const& Federation::enrolled(std::uint64_t seed) {
    static std::map<std::uint64_t, Enrolled> made;
    if (made.contains(seed)) return made.at(seed);
    Federation fresh(Records::none, seed);
    for (auto const& member : fresh.members_)
        if (member->node->agency() != nullptr)
            fresh.import(member->party.text(), practice_people(member->party.text(), day_of(fresh.now_)));
    // Once everybody is enrolled the coordinator opens the epoch.
    auto const open = [&] {
        return std::all_of(fresh.members_.begin(), fresh.members_.end(),
                           [](auto const& member) { return member->node->epochs().open() != nullptr; });
    };
    REQUIRE(fresh.run_until(open, std::chrono::minutes(5)));
    fresh.run_for(std::chrono::seconds(10)); // the last acknowledgements
    Enrolled done{{}, fresh.now_};
    for (auto const& member : fresh.members_) done.disks.emplace(member->party, member->disk);
    return made.emplace(seed, std::move(done)).first->second;
}

Member& Federation::at(std::string_view party) const {
    auto const found = std::find_if(members_.begin(), members_.end(),
                                    [&](auto const& member) { return member->party.text() == party; });
    CAPTURE(party);
    REQUIRE(found != members_.end());
    return **found;
}

Coordinator const& Federation::coordinator() const {
    auto const& member = at("coordinator");
    REQUIRE(member.node);
    return *member.node->coordinator();
}

Case const& Federation::case_of(CaseId const& id) const {
    auto const* item = coordinator().find(id);
    REQUIRE(item != nullptr);
    return *item;
}

void Federation::import(std::string_view party, std::vector<PersonRecord> people) {
    auto& member = at(party);
    auto const count = people.size();
    auto same = same_people(people, member.in_force.agreement);
    member.disk.replace_people(std::move(people), std::move(same));
    step(member, RecordsImported{count, {}, crypto::sha256({as_bytes(party)})});
}

Result<CaseId> Federation::submit(Family family) {
    auto& member = at("coordinator");
    auto const id = random_.make<CaseId>();
    auto effects = member.node->step(now_, FamilySubmitted{id, std::move(family)});
    if (!effects) return std::move(effects).as_failure();
    apply(member, std::move(effects).assume_value());
    return id;
}

void Federation::schedule(Instant at, Task task) {
    queue_.emplace(std::pair(at, sequence_++), std::move(task));
}

void Federation::step(Member& member, Event event) {
    if (!member.node) return;
    auto effects = member.node->step(now_, std::move(event));
    REQUIRE(effects);
    apply(member, std::move(effects).assume_value());
}

bool Federation::dies(Member& member, CrashPoint point) {
    if (!member.crash || member.crash->point != point) return false;
    auto const down_for = member.crash->down_for;
    member.crash.reset();
    kill(member, down_for);
    return true;
}

void Federation::apply(Member& member, Effects effects) {
    if (on_step) on_step(member, effects);
    // Asked once a step: a test may count the steps by it.
    bool const dying = member.crash && member.crash->when(effects);
    if (dying && dies(member, CrashPoint::before_transaction)) return;
    member.disk.commit(effects);
    for (auto const& key : effects.build_indexes) // beside the running node, as node/daemon/core.cpp does
        schedule(now_ + index_takes, [this, &member, lives = member.lives, key] {
            if (member.lives == lives) step(member, IndexBuilt{key});
        });
    if (dying && dies(member, CrashPoint::before_log)) return;
    if (dying) member.disk.publish(); // it dies with its leaves in the log
    if (dying && dies(member, CrashPoint::before_transmissions)) return;
    for (auto const& transmission : effects.transmissions) transmit(member, transmission);
    if (dying && dies(member, CrashPoint::after_transmissions)) return;
    if (!effects.leaves.empty() || effects.publish_soon)
        publish_soon(member, effects.publish_soon ? publish_takes : publish_after);
}

/// One head for what came meanwhile; then the node hears of it.
void Federation::publish_soon(Member& member, Duration wait) {
    auto const at = now_ + wait;
    if (member.publish_at && *member.publish_at <= at) return;
    member.publish_at = at;
    schedule(at, [this, &member, at, lives = member.lives] {
        if (!member.node || member.lives != lives || member.publish_at != at) return;
        member.publish_at.reset();
        member.disk.publish();
        step(member, LogPublished{member.log->next()});
    });
}

void Federation::transmit(Member& from, Transmission const& transmission) {
    if (on_transmission) on_transmission(from, transmission);
    auto& to = at(transmission.peer.text());
    auto& agency = from.party == agreement().coordinator ? to : from;
    REQUIRE((&agency == &from || &agency == &to));
    if (!agency.linked || !to.node) return;
    schedule(now_ + delay_,
             [this, &from, &to, &agency, lives = to.lives, breaks = agency.link_breaks, frame = transmission.frame] {
                 if (!to.node || to.lives != lives || agency.link_breaks != breaks) return;
                 if (on_delivery) on_delivery({now_, from.party, to.party, frame});
                 step(to, FrameReceived{from.party, frame});
             });
}

void Federation::inject(std::string_view from, std::string_view to, Bytes frame) {
    auto& target = at(to);
    Delivery const delivery{now_, at(from).party, target.party, std::move(frame)};
    if (on_delivery) on_delivery(delivery);
    step(target, FrameReceived{delivery.from, delivery.frame});
}

void Federation::set_up(Member& agency, bool up) {
    auto& hub = at(agreement().coordinator.text());
    if (up) {
        step(hub, LinkUp{agency.party});
        step(agency, LinkUp{hub.party});
    } else {
        step(hub, LinkDown{agency.party});
        step(agency, LinkDown{hub.party});
    }
}

void Federation::set_link(std::string_view agency, bool up) {
    auto& member = at(agency);
    member.linked = up;
    if (!up) ++member.link_breaks;
    set_up(member, up);
}

void Federation::kill(Member& member, Duration down_for) {
    member.node.reset();
    member.self.reset();
    // What it sent is on its way; what is sent to it is lost. The other end notices the broken connection.
    bool const hub = member.party == agreement().coordinator;
    for (auto const& other : members_) {
        if (other.get() == &member || (!hub && other->party != agreement().coordinator)) continue;
        schedule(now_ + delay_, [this, &member, &to = *other] {
            if (!member.node) step(to, LinkDown{member.party});
        });
    }
    if (down_for > Duration::zero()) schedule(now_ + down_for, [this, party = member.party] { start(party.text()); });
}

void Federation::crash(std::string_view party) {
    kill(at(party), Duration::zero());
}

void Federation::start(std::string_view party, bool quarantined) {
    auto& member = at(party);
    REQUIRE_FALSE(member.node);
    ++member.lives;
    member.disk.forget_indexes();
    if (member.lives > 1) begin_again(member);
    member.self.emplace(self_of(member));
    bool const hub = member.self->is_coordinator();
    member.node = std::make_unique<Node>(*member.self, member.in_force, member.witness_key,
                                         hub ? nullptr : &member.disk, *member.log, *member.log);
    member.disk.publish();                      // what a crash left between commit and publish
    if (member.lives > 1) member.log->forget(); // the disk may be another one
    member.publish_at.reset();
    for (auto const& [key, value] : member.disk.state()) {
        CAPTURE(party, int(key.first));
        REQUIRE(member.node->restore(key.first, key.second, value));
    }
    step(member, Started{quarantined});
    for (auto const& other : members_) {
        bool const one_of_its_links = hub ? other.get() != &member : other.get() == &member;
        if (one_of_its_links && other->linked && other->node && at("coordinator").node) set_up(*other, true);
    }
}

Member* Federation::next_to_wake(Instant& at) const {
    Member* first = nullptr;
    for (auto const& member : members_) {
        auto const wake = member->node ? member->node->next_wake() : std::nullopt;
        if (!wake || (first != nullptr && *wake >= at)) continue;
        first = member.get();
        at = *wake;
    }
    return first;
}

std::optional<Instant> Federation::next_at() const {
    Instant wake{};
    bool const timer = next_to_wake(wake) != nullptr;
    if (queue_.empty()) return timer ? std::optional(std::max(wake, now_)) : std::nullopt;
    auto const event = queue_.begin()->first.first;
    return std::max(timer ? std::min(wake, event) : event, now_);
}

void Federation::run_next() {
    Instant wake{};
    auto* const sleeper = next_to_wake(wake);
    if (sleeper != nullptr && (queue_.empty() || wake < queue_.begin()->first.first)) {
        now_ = std::max(now_, wake);
        sleeper->woken = sleeper->woken_at == now_ ? sleeper->woken + 1 : 0;
        sleeper->woken_at = now_;
        CAPTURE(sleeper->party.text());
        REQUIRE(sleeper->woken < 100);
        return step(*sleeper, Woken{});
    }
    auto const task = queue_.extract(queue_.begin());
    now_ = std::max(now_, task.key().first);
    task.mapped()();
}

bool Federation::run_until(std::function<bool()> const& done, Duration limit) {
    auto const end = now_ + limit;
    while (!done()) {
        auto const next = next_at();
        if (!next || *next > end) {
            now_ = end;
            return false;
        }
        run_next();
    }
    return true;
}

bool Federation::run_until_settled(CaseId const& id, Duration limit) {
    auto const done = [&] {
        auto const& hub = at("coordinator");
        auto const* item = hub.node ? hub.node->coordinator()->find(id) : nullptr;
        return item != nullptr && settled(*item);
    };
    return run_until(done, limit);
}

std::map<std::string, std::string> Federation::grid(CaseId const& id) const {
    auto const& item = case_of(id);
    std::map<std::string, std::string> cells;
    for (auto const& entry : item.parties)
        for (std::size_t person = 0; person < item.family.people.size(); ++person) {
            auto const reply = coordinator().reply_of(now_, item, entry.first, person);
            cells[item.family.people[person].label + ", " + entry.first.text()] =
                reply.colour ? policy::in_words(*reply.colour) : policy::name(reply.kind);
        }
    auto const result = policy::family_result(colours_given(item, agreement()), everybody_answered(item));
    cells["result"] = result.worst ? policy::in_words(*result.worst) : "NONE";
    return cells;
}

void Federation::run_for(Duration duration) {
    run_until([] { return false; }, duration);
}

std::optional<Envelope> Federation::open(Frame const& frame) const {
    if (frame.kind != FrameKind::message) return std::nullopt;
    auto const& recipient = at(frame.recipient.text());
    auto opened = open_envelope({recipient.in_force.agreement.mode, frame.sender, frame.recipient}, frame.sealed,
                                recipient.sealing_key, at(frame.sender.text()).node_key.verify_key());
    return opened ? std::optional(std::move(opened).assume_value()) : std::nullopt;
}

Bytes Federation::message(std::string_view sender, std::string_view recipient, Envelope envelope) {
    auto const& from = at(sender);
    auto const& to = at(recipient);
    auto sealed = seal_envelope({from.in_force.agreement.mode, from.party, to.party}, std::move(envelope),
                                from.node_key, to.sealing_key.public_key(), random_);
    REQUIRE(sealed);
    return encode_frame(
        {FrameKind::message, random_.make<FrameId>(), from.party, to.party, std::move(sealed).assume_value()});
}

} // namespace fanlight::simulation
