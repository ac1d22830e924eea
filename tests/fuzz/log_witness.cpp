// A party that shows its witness whatever it likes: heads over several histories of its log, properly signed or not,
// with proofs of one for another, from any size, under any origin, in any order, and a witness that is restarted in
// between. Oracle: whatever the witness cosigned of one log lies on one history, computed anew from the leaves; each
// cosignature verifies and was kept before it left; and a fork that it noted is one.

#include "crypto/add_checkpoint.hpp"
#include "crypto/cosignature.hpp"
#include "oracle.hpp"
#include "partnership.hpp"
#include "protocol/engine/in_force.hpp"
#include "protocol/engine/log_policy.hpp"
#include "protocol/engine/post.hpp"
#include "protocol/engine/witness.hpp"
#include "protocol/register/lease.hpp"
#include "protocol/wire/log_wire.hpp"

using namespace fanlight;
using namespace fanlight::protocol;
using fuzz::key_from;
using fuzz::name_of;
using fuzz::require;

namespace {

constexpr std::size_t acts_max = 24;
constexpr std::uint64_t leaves_max = 100;
constexpr std::size_t histories = 4;

crypto::SealingKey sealing_of(std::string const& name) {
    return crypto::SealingKey::from_secret(crypto::sha256({as_bytes(name)}).view()).value();
}

Book make_book() {
    std::map<std::string, std::string> notes;
    for (std::string const party : fuzz::parties) {
        auto const key = [&](char const* which) { return key_from(name_of(party, which)).verify_key(); };
        auto const sealing = [&](char const* which) { return sealing_of(name_of(party, which)).public_key(); };
        OperationalKeys const keys{PartyId::parse(party).value(),
                                   1,
                                   key("node"),
                                   crypto::sha256({as_bytes(party)}),
                                   key("log"),
                                   key("witness"),
                                   sealing("sealing"),
                                   sealing("share_sealing")};
        notes.emplace(party, fuzz::signed_note(key_note_text(Mode::practice, keys), {"signing_key"}));
    }
    return Book::begin(fuzz::signed_note(fuzz::agreement_text(), {"officer", "dpo"}), notes).value();
}

/// A history: the leaves of the one that it left, up to there, then its own. Leaf i is told by who wrote it.
class History {
  public:
    void grow(std::uint8_t writer, std::uint64_t count) {
        for (; count != 0 && leaves_.size() < leaves_max; --count) {
            auto const at = leaves_.size();
            std::array<std::uint8_t, 3> const leaf{writer, static_cast<std::uint8_t>(at >> 8U),
                                                   static_cast<std::uint8_t>(at)};
            leaves_.push_back(crypto::leaf_hash(leaf));
        }
    }
    void leave(History const& other, std::uint64_t at) {
        leaves_.assign(other.leaves_.begin(), other.leaves_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    std::uint64_t size() const { return leaves_.size(); }
    crypto::Sha256 root(std::uint64_t size) const {
        crypto::TreeHead head;
        for (std::uint64_t i = 0; i < size; ++i) head.append(leaves_.at(i));
        return head.root();
    }
    std::vector<crypto::Sha256> proof(std::uint64_t from, std::uint64_t to) const {
        auto proof = crypto::prove_consistency(from, to, [this](unsigned level, std::uint64_t index) {
            crypto::TreeHead head;
            for (auto i = index << level; i < (index + 1) << level; ++i) head.append(leaves_.at(i));
            return Result<crypto::Sha256>(head.root());
        });
        return proof ? std::move(proof).assume_value() : std::vector<crypto::Sha256>();
    }

  private:
    std::vector<crypto::Sha256> leaves_;
};

class NoCopies final : public Copies {
    Result<std::vector<NewCopy>> copies(std::string const&, std::uint64_t, std::size_t) const override {
        return std::vector<NewCopy>();
    }
};

class Scene {
  public:
    explicit Scene(fuzz::Input& input) : input_(input) { restart(); }

    void run() {
        for (std::size_t acts = 0; acts < acts_max && !input_.empty(); ++acts) act();
    }

  private:
    void act() {
        auto const kind = input_.u8();
        auto& history = histories_[kind / 8U % histories];
        switch (kind % 8) {
        case 0: history.grow(kind, input_.u8()); break;
        case 1: {
            auto const& other = histories_[input_.u8() % histories];
            if (&other == &history) break;
            history.leave(other, other.size() == 0 ? 0 : input_.u16() % (other.size() + 1));
            break;
        }
        case 2: restart(); break;
        case 3: now_ += std::chrono::hours(input_.u16() % 5000U); break;
        default: submit(history, kind);
        }
    }
    void restart() {
        witness_.reset();
        post_.emplace(self());
        witness_.emplace(self(), witness_key(), *post_, copies_);
        for (auto const& [key, value] : kept_) require(bool(witness_->restore(key, value)));
        Effects none;
        post_->link_up({}, self().agreement.coordinator, none);
    }
    std::string origin(std::uint8_t which) const {
        constexpr std::array shards{2026, 2026, 2027, 2026'002, 2031, 1999};
        auto const* party = which < 240 ? "police" : "health";
        return shard_origin(self().agreement.domain, PartyId::parse(party).value(), shards[which % shards.size()]);
    }
    void submit(History const& history, std::uint8_t kind) {
        auto const name = origin(input_.u8());
        auto const known = sizes_.contains(name) ? sizes_[name].first : 0;
        auto const size = history.size() == 0 ? 0 : input_.u16() % (history.size() + 1);
        auto const how = input_.u8();
        auto const from = (how & 1U) == 0 ? known : input_.u16() % (leaves_max + 1);
        crypto::Checkpoint const head{name, size, history.root(size)};
        auto const log_key = key_from(name_of((how & 2U) == 0 ? "police" : "housing", "log"));
        crypto::AddCheckpoint request{from, {}, crypto::sign_checkpoint(head, log_key)};
        auto const& proves = (how & 4U) == 0 ? history : histories_[how >> 6U];
        if (from <= size && size <= proves.size()) request.proof = proves.proof(from, size);
        if ((how & 8U) != 0 && !request.proof.empty()) request.proof.pop_back();
        LogHead message{crypto::format_add_checkpoint(request), {}};
        if ((how & 16U) != 0 || size != known) message.copy = Bytes(1 + (how >> 5U), kind);
        auto payload = encode(message);
        if ((how & 32U) != 0 && (kind & 128U) != 0) payload[input_.u16() % payload.size()] ^= input_.u8();
        auto const sender = PartyId::parse((kind & 64U) == 0 ? "police" : "health").value();
        auto const hash = crypto::sha256({payload});
        Envelope const envelope{MessageType::log_head, {}, {}, now_, {}, payload, {}};
        Effects effects;
        witness_->head(now_, {sender, envelope, hash}, effects);
        answered(effects, sender, name, history, head);
    }
    void answered(Effects const& effects, PartyId const& sender, std::string const& name, History const& history,
                  crypto::Checkpoint const& head) {
        std::optional<Bytes> kept;
        for (auto const& write : effects.writes)
            if (write.space == Space::witness) {
                kept_[write.key] = *write.value;
                if (write.key.front() == 'k') kept = *write.value;
            }
        require(effects.transmissions.size() <= 1);
        require(!kept || !effects.transmissions.empty());
        check_forks();
        if (effects.transmissions.empty()) return;
        auto const frame = decode_frame(effects.transmissions.front().frame).value();
        auto const answer = open_envelope({Mode::practice, self().party, sender}, frame.sealed,
                                          sealing_of(name_of(sender.text(), "sealing")),
                                          key_from(name_of("housing", "node")).verify_key());
        require(answer.has_value());
        auto const said = decode_log_cosignature(answer.assume_value().payload);
        require(said.has_value());
        bool const ok = said.assume_value().status == crypto::WitnessStatus::ok;
        require(ok == kept.has_value());
        if (!ok) return;
        // One history: what was cosigned before is the front of what is cosigned now.
        require(said.assume_value().origin == name && sender.text() == "police" && head.size <= history.size());
        auto& [size, root] = sizes_[name];
        require(head.size >= size && history.root(size) == (size == 0 ? crypto::empty_root() : root));
        size = head.size;
        root = head.root;
        auto const text = crypto::checkpoint_text(head);
        auto const log_key = key_from(name_of("police", "log"));
        std::array const lines{crypto::sign_note_line(text, name, log_key), said.assume_value().body};
        auto const note = crypto::parse_note(crypto::format_note(text, lines));
        require(note.has_value());
        auto const at = crypto::cosigned_at(
            note.assume_value(), {witness_name(self().agreement.domain, self().party), witness_key().verify_key()});
        require(at && Instant(std::chrono::seconds(at.assume_value())) <= now_);
        require(witness_->known().at(name).head.size == size && witness_->known().at(name).head.root == root);
    }
    /// The owner's own signature is under a head that contradicts one which it showed before.
    void check_forks() const {
        crypto::NoteKey key{{}, key_from(name_of("police", "log")).verify_key()};
        for (auto const& [name, note] : witness_->forks()) {
            key.name = name;
            auto const head = crypto::open_checkpoint(note, key);
            require(head.has_value());
            auto const& shown = head.assume_value();
            bool const knows = witness_->known().contains(name);
            auto const known = knows ? witness_->known().at(name).head : crypto::WitnessedHead{};
            require(shown.size <= known.size || shown.size == 0);
            if (shown.size == known.size) require(shown.root != known.root);
        }
    }

    static InForce const& in_force() {
        static auto const made = InForce::of(make_book(), start());
        return made;
    }
    static Instant start() { return parse_instant("2026-12-05T00:00:00Z").value(); }
    static crypto::SigningKey const& witness_key() {
        static auto const key = key_from(name_of("housing", "witness"));
        return key;
    }
    static Self const& self() {
        static auto const signing = key_from(name_of("housing", "signing_key"));
        static auto const node = key_from(name_of("housing", "node"));
        static auto const sealing = sealing_of(name_of("housing", "sealing"));
        static crypto::SeededRandom random(1);
        static auto const subject = random.make<SubjectKey>();
        static auto const at_rest = random.make<crypto::LockedAeadKey>();
        static Self const made{PartyId::parse("housing").value(),
                               in_force().agreement,
                               in_force().directory,
                               signing,
                               node,
                               sealing,
                               sealing,
                               subject,
                               at_rest,
                               crypto::one_thread(),
                               random,
                               &in_force().book};
        return made;
    }

    fuzz::Input& input_;
    Instant now_ = start();
    NoCopies copies_;
    std::array<History, histories> histories_;
    std::map<Bytes, Bytes> kept_; // what the witness has written
    std::map<std::string, std::pair<std::uint64_t, crypto::Sha256>> sizes_;
    std::optional<Post> post_;
    std::optional<Witness> witness_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::Input input(data, size);
    Scene(input).run();
    return 0;
}
