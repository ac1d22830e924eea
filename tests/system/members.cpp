// Who is in a federation, and with what keys: from the practice agreement, signed by everybody.

#include "crypto/practice/practice_dealer.hpp"
#include "crypto/text.hpp"
#include "federation.hpp"

namespace fanlight::simulation {

using namespace protocol;

namespace {

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

} // namespace

crypto::SeededRandom seeded_from(crypto::Random& random); // used in federation.cpp as well
crypto::SeededRandom seeded_from(crypto::Random& random) {
    Bytes number(8);
    random.fill(number);
    std::uint64_t seed = 0;
    for (auto const byte : number) seed = (seed << 8U) | byte;
    return crypto::SeededRandom(seed);
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
    demand(bool(at(party).in_force.book.add(signed_by(text))), "a second version is accepted");
}

std::string Federation::key_note(OperationalKeys const& keys) const {
    return signed_by_one(key_note_text(Mode::practice, keys), keys.party.text(), "signing_key");
}

void Federation::make_members(Shape const& shape) {
    text_ = with_keys(practice_template(shape), keys_, random_);
    auto const parsed = policy::parse_agreement(text_);
    std::string findings;
    for (auto const& finding : parsed.findings) findings += policy::describe(finding) + "\n";
    demand(parsed.agreement.has_value(), "the practice agreement is accepted:\n" + findings);
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
    demand(bool(begun), "the register begins");
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
                                                           Duration::zero(),
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
    member.in_force = InForce::of(*genesis_, now_at(member));
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
        demand(agreement().find(signer) != nullptr, "who holds a share is a party");
        auto const key = crypto::parse_vkey(agreement().find(signer)->signing_key);
        lines.push_back(crypto::sign_note_line(text, key.value().name, at(signer.text()).signing_key));
    }
    auto const note = crypto::format_note(text, lines);
    for (auto const& member : members_) {
        demand(!member->node, "what is dealt lies on the disk before the node starts");
        std::optional<crypto::OprfKey> share;
        if (auto const index = certificate.share_index(member->party)) share = std::move(dealt.shares[*index - 1U].key);
        auto const self = self_of(*member);
        Epochs epochs(self);
        for (auto const& [key, value] : member->disk.state())
            if (key.first == Space::epochs && key.second.at(0) != 3)
                demand(bool(epochs.restore(key.second, value)), "an epoch on the disk is whole");
        Effects effects;
        demand(bool(epochs.accept(now_, note, std::move(share), effects)), "a dealt certificate is accepted");
        member->disk.commit(effects);
        member->disk.publish();
    }
}

} // namespace fanlight::simulation
