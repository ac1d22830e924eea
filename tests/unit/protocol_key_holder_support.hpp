#pragma once
// One key holder of a small federation, driven by hand: a disk that holds what its effects wrote, a certificate for
// each epoch, and requests as any party would send them. Every answer is checked as its asker would check it.

#include "base/byte_reader.hpp"
#include "crypto/labels.hpp"
#include "crypto/practice/practice_dealer.hpp"
#include "policy_fixture.hpp"
#include "protocol/engine/key_holder.hpp"

#include <memory>

namespace fanlight::protocol::test {

using policy::test::party;
using namespace std::chrono_literals;

/// Blinded elements to ask with, `count` of them from place `start`.
inline std::vector<crypto::Blinded> elements(std::size_t count, std::size_t start = 0) {
    static auto const pool = [] {
        crypto::SeededRandom random(7);
        std::vector<crypto::Blinded> made;
        for (std::size_t i = 0; i < limits::evaluate_batch_max; ++i)
            made.push_back(crypto::blind(as_bytes(std::to_string(i)), crypto::random_blind(random)).value());
        return made;
    }();
    std::vector<crypto::Blinded> chosen;
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(pool[(start + i) % pool.size()]);
    return chosen;
}

inline RequestId request_id(std::uint32_t number) {
    return RequestId::parse(ByteWriter().u64(0).u32(0).u32(number).take()).value();
}

/// The values of a leaf's fields with this tag, as text, one after the other.
inline std::string text_of(crypto::Entry const& entry, crypto::FieldTag tag) {
    std::string text;
    for (auto const& field : entry.fields)
        if (field.tag == tag) text += std::string(as_text(field.value)) + ";";
    return text;
}

/// What became of a request: exactly one of reply, refused and opaque.
struct Outcome {
    std::optional<EvaluateReply> reply;
    std::optional<EvaluateRefusal> refused;
    bool opaque = false;
    crypto::Entry leaf;                ///< the one of class evaluation_served or refusal
    std::vector<crypto::Entry> others; ///< of other classes

    bool served() const { return reply.has_value(); }
    bool is(EvaluateRefusalReason reason) const { return refused && refused->reason == reason; }
};

/// The holder is the police: share 1 of 3, any two are enough. Education and housing are one organisation. Every
/// organisation's bulk quota is 1024 for each of its parties, its delta quota 1024 a day.
class HolderWorld {
  public:
    using Disk = std::map<std::pair<Space, Bytes>, Bytes>;
    static constexpr std::uint32_t query_limit = 300;

    explicit HolderWorld(policy::Agreement made = agreement()) : agreement_(std::move(made)) {
        for (auto& entry : agreement_.parties) {
            auto keys =
                std::make_unique<Keys>(Keys{crypto::SigningKey::generate(random), crypto::SigningKey::generate(random),
                                            crypto::SealingKey::generate(random)});
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
        auto const& own = keys_of(holder);
        self_.emplace(Self{holder, agreement_, directory_, own.signing, own.node, own.sealing, own.sealing,
                           subject_key_, at_rest_key_, crypto::one_thread(), random});
        restart();
    }

    static policy::Agreement agreement() {
        auto made = policy::test::practice_agreement();
        made.budgets.query_evaluations_per_day = query_limit;
        made.budgets.enrol_evaluations_per_person = 1;
        made.budgets.enrol_delta_percent_per_day = 5;
        for (auto& entry : made.parties)
            if (entry.people > 0) entry.people = 1;
        policy::test::at(made, "housing").organisation = policy::test::at(made, "education").organisation;
        return made;
    }

    /// As after a crash: whatever was not written is gone.
    void restart() {
        holder_engine_.reset();
        epochs_.emplace(*self_);
        post_.emplace(*self_);
        holder_engine_.emplace(*self_, *post_, *epochs_);
        for (auto const& [place, value] : disk) {
            if (place.first == Space::epochs) REQUIRE(epochs_->restore(place.second, value));
            if (place.first == Space::budget) REQUIRE(holder_engine_->restore(place.second, value));
        }
        Effects ignored;
        post_->link_up({}, agreement_.coordinator, ignored);
    }

    /// Deals a key and has everybody sign for it; the next sharing if the epoch is there. The holder gets its share
    /// unless `with_share` is false.
    void add(std::uint32_t epoch, bool with_share = true) {
        auto const coefficient = crypto::derive_key(Bytes(32, ++dealt_), {}).value();
        auto const key = crypto::derive_key(Bytes(32, 100), ByteWriter().u32(epoch).take()).value();
        auto deal = crypto::deal(key, std::span(&coefficient, 1), 3).value();
        auto const* const before = epochs_->find(epoch);
        KeyCertificate certificate{random.make<CeremonyId>(),
                                   epoch,
                                   before == nullptr ? 1 : before->keys().sharing + 1,
                                   2,
                                   {holder, party("health"), party("domestic_abuse")},
                                   {holder, party("health")},
                                   deal.group,
                                   {}};
        if (before == nullptr) certificate.dealers = certificate.holders;
        for (auto const& share : deal.shares) certificate.holder_public.push_back(share.public_key);
        auto const text = key_certificate_text(agreement_, certificate);
        std::vector<std::string> lines;
        for (auto const& signer : certificate.signers()) {
            auto const& keys = keys_of(signer);
            lines.push_back(crypto::sign_note_line(text, note_key(signer, keys).name, keys.signing));
        }
        std::optional<crypto::OprfKey> share;
        if (with_share) share = std::move(deal.shares.front().key);
        Effects effects;
        REQUIRE(epochs_->accept(now, crypto::format_note(text, lines), std::move(share), effects));
        commit(effects);
    }
    void open(std::uint32_t epoch) {
        Effects effects;
        REQUIRE(epochs_->open(now, epoch, effects));
        commit(effects);
    }
    /// As protocol/engine/node.cpp does it.
    void wake() {
        Effects effects;
        for (auto const epoch : epochs_->wake(now, effects)) holder_engine_->forget(epoch, effects);
        holder_engine_->wake(now, effects);
        commit(effects);
    }

    /// A request that is in order: a number that was not used before, folded for us and health if it must be.
    EvaluateRequest fresh(EvaluatePurpose purpose, std::size_t count, std::uint32_t epoch = 1) {
        ++asked_;
        return {random.make<crypto::ExchangeKey>(),
                request_id(asked_),
                purpose,
                epoch,
                1,
                purpose == EvaluatePurpose::query ? 0U : 0b011U,
                {},
                elements(count, asked_)};
    }
    Outcome ask(std::string_view sender, EvaluateRequest const& request) {
        auto outcome = ask(sender, encode(request));
        if (outcome.reply) check(request, *outcome.reply);
        return outcome;
    }
    Outcome ask(std::string_view sender, EvaluatePurpose purpose, std::size_t count, std::uint32_t epoch = 1) {
        return ask(sender, fresh(purpose, count, epoch));
    }
    Outcome ask(std::string_view sender, Bytes payload) {
        Incoming incoming{
            party(sender),
            {MessageType::evaluate_request, random.make<ExchangeId>(), agreement_.id, now, {}, payload, {}},
            crypto::sha256({payload})};
        Effects effects;
        holder_engine_->request(now, incoming, effects);
        commit(effects);
        return outcome_of(incoming, effects);
    }

    /// Our word, or another's, on how many batches we have served.
    Receipt receipt(std::uint64_t served, std::string_view about = "police", std::string_view signer = "police") const {
        auto const label = crypto::label(agreement_.mode, crypto::Label::receipt);
        auto const bytes = ByteWriter().raw(as_bytes(label)).u8(0).raw(as_bytes(about)).u64(served).take();
        return {served, keys_of(party(signer)).node.sign(bytes)};
    }

    std::size_t rows(char first) const {
        return static_cast<std::size_t>(std::count_if(disk.begin(), disk.end(), [&](auto const& row) {
            return row.first.first == Space::budget && row.first.second.front() == static_cast<std::uint8_t>(first);
        }));
    }
    /// "" if there is no such row.
    std::string budget(std::string const& organisation, EvaluatePurpose purpose, std::uint32_t epoch) const {
        for (auto const& row : engine().budgets(now))
            if (row.organisation == organisation && row.purpose == purpose && row.epoch == epoch)
                return std::to_string(row.charged) + " of " + std::to_string(row.limit);
        return {};
    }
    KeyHolder const& engine() const { return *holder_engine_; }
    Epochs const& epochs() const { return *epochs_; }
    std::string const& organisation(std::string_view id) const { return agreement_.find(party(id))->organisation; }

    Instant now = parse_instant("2026-11-22T12:00:00Z").value();
    Disk disk; ///< state only
    crypto::SeededRandom random{1};

  private:
    struct Keys {
        crypto::SigningKey signing;
        crypto::SigningKey node;
        crypto::SealingKey sealing;
    };
    static crypto::NoteKey note_key(PartyId const& id, Keys const& keys) {
        return {note_key_name("practice.example", id, "signing"), keys.signing.verify_key()};
    }
    Keys const& keys_of(PartyId const& id) const { return *keys_.at(id); }

    void commit(Effects const& effects) {
        for (auto const& write : effects.writes) {
            if (write.value) disk.insert_or_assign({write.space, write.key}, *write.value);
            if (!write.value) disk.erase({write.space, write.key});
        }
    }

    Outcome outcome_of(Incoming const& incoming, Effects const& effects) {
        Outcome outcome{{}, {}, false, {}, {}};
        int leaves = 0;
        for (auto const& entry : effects.leaves) {
            bool const is_answer = entry.leaf.kind == crypto::LeafClass::evaluation_served ||
                                   entry.leaf.kind == crypto::LeafClass::refusal;
            leaves += is_answer ? 1 : 0;
            if (is_answer) outcome.leaf = entry;
            if (!is_answer) outcome.others.push_back(entry);
        }
        CHECK(leaves == 1);
        CHECK(text_of(outcome.leaf, crypto::FieldTag::peer) == incoming.sender.text() + ";");

        REQUIRE(effects.transmissions.size() == 1);
        auto const frame = decode_frame(effects.transmissions.front().frame).value();
        CHECK(frame.recipient == incoming.sender);
        auto const envelope = open_envelope({agreement_.mode, frame.sender, frame.recipient}, frame.sealed,
                                            keys_of(incoming.sender).sealing, keys_of(holder).node.verify_key())
                                  .value();
        CHECK(envelope.exchange == incoming.envelope.exchange);
        CHECK(envelope.answers == incoming.payload_hash);
        if (envelope.type == MessageType::evaluate_reply)
            outcome.reply = decode_evaluate_reply(envelope.payload).value();
        else if (envelope.type == MessageType::evaluate_refusal)
            outcome.refused = decode_evaluate_refusal(envelope.payload).value();
        else
            outcome.opaque = envelope.type == MessageType::refusal && envelope.payload.empty();
        CHECK((outcome.reply || outcome.refused || outcome.opaque));
        CHECK((outcome.leaf.leaf.kind == crypto::LeafClass::evaluation_served) == outcome.served());
        auto const& hash = outcome.reply ? crypto::sha256({envelope.payload}) : incoming.payload_hash;
        CHECK(text_of(outcome.leaf, crypto::FieldTag::message_hash) == std::string(as_text(hash.view())) + ";");
        return outcome;
    }

    /// As the asker does: proof, receipt, index.
    void check(EvaluateRequest const& request, EvaluateReply const& reply) const {
        auto const& certificate = epochs_->find(request.epoch, request.sharing)->certificate;
        CHECK(reply.share_index == 1);
        auto key = certificate.holder_public.front();
        if (request.set != 0) {
            auto const set = crypto::HolderSet::from_bits(request.set, 3).value();
            key = crypto::fold(key, 1, set).value();
        }
        CHECK(crypto::verify(key, request.blinded, reply.evaluated, reply.proof));
        CHECK(reply.receipt.signature == receipt(reply.receipt.served).signature); // Ed25519 is deterministic
        CHECK(reply.charged <= reply.limit);
    }

    PartyId const holder = party("police");
    policy::Agreement agreement_;
    std::map<PartyId, std::unique_ptr<Keys>> keys_;
    std::map<PartyId, OperationalKeys> directory_;
    SubjectKey subject_key_ = random.make<SubjectKey>();
    crypto::LockedAeadKey at_rest_key_ = random.make<crypto::LockedAeadKey>();
    std::optional<Self> self_;
    std::optional<Post> post_;
    std::optional<Epochs> epochs_;
    std::optional<KeyHolder> holder_engine_;
    std::uint32_t asked_ = 0;
    std::uint8_t dealt_ = 0;
};

} // namespace fanlight::protocol::test
