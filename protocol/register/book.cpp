// The register's rules: what each kind of entry is, whose signatures it takes, and what follows from it.

#include "protocol/register/book.hpp"

#include "base/limits.hpp"
#include "crypto/labels.hpp"
#include "protocol/identity/score.hpp"

#include <algorithm>
#include <cassert>

namespace fanlight::protocol {

namespace {

constexpr auto where = "register";

struct Officers {
    PartyId party;
    crypto::NoteKey officer;
    crypto::NoteKey dpo;
};

Result<Officers> officers_of(policy::Party const& party) {
    FANLIGHT_TRY(auto officer, crypto::parse_vkey(party.officer));
    FANLIGHT_TRY(auto dpo, crypto::parse_vkey(party.dpo));
    return Officers{party.id, std::move(officer), std::move(dpo)};
}

/// The signature line of a key, if it has one. Errc::bad_signature: it has one that does not verify.
Result<std::optional<std::string>> line_of(crypto::UnverifiedNote const& note, crypto::NoteKey const& key) {
    for (auto const& signature : note.signatures) {
        if (signature.name != key.name || signature.id != key.id()) continue;
        std::array<crypto::NoteKey, 1> const keys{key};
        FANLIGHT_TRY(crypto::NoteChecker::verify_all(note, keys));
        return std::optional(crypto::signature_line(signature));
    }
    return std::optional<std::string>();
}

/// What two people of one party have signed.
struct Signed {
    std::vector<std::string> lines;
    std::vector<std::string> missing; ///< "housing (dpo)"
    bool both() const { return missing.empty(); }
};

Result<Signed> signed_by(crypto::UnverifiedNote const& note, policy::Party const& party) {
    FANLIGHT_TRY(auto const keys, officers_of(party));
    Signed found;
    FANLIGHT_TRY(auto officer, line_of(note, keys.officer));
    FANLIGHT_TRY(auto dpo, line_of(note, keys.dpo));
    if (officer) found.lines.push_back(std::move(*officer));
    if (dpo) found.lines.push_back(std::move(*dpo));
    if (!officer) found.missing.push_back(party.id.text() + " (officer)");
    if (!dpo) found.missing.push_back(party.id.text() + " (dpo)");
    return found;
}

bool same_officers(policy::Party const& left, policy::Party const& right) {
    return left.officer == right.officer && left.dpo == right.dpo;
}

/// The party that a key note's second line names, before anything of it is verified.
Result<PartyId> party_of_key_note(std::string_view text) {
    auto const end = text.find('\n');
    auto rest = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    constexpr std::string_view prefix = "party ";
    if (!rest.starts_with(prefix)) return fail(Errc::malformed, "key note");
    return PartyId::parse(rest.substr(prefix.size(), rest.find('\n') - prefix.size()));
}

/// One address, one key, one party: otherwise a link or a message of one would count as another's.
bool shares_a_key(OperationalKeys const& left, OperationalKeys const& right) {
    return left.node == right.node || left.tls_pin == right.tls_pin || left.log == right.log ||
           left.witness == right.witness || left.sealing == right.sealing || left.share_sealing == right.share_sealing;
}

/// Whether this program matches as the parties agreed. An agreement's text names features freely; what each is worth
/// anything for depends on the matching version.
Result<void> check_matching(policy::Matching const& matching) {
    if (matching.version != matching_version)
        return fail(Errc::version_mismatch, "matching version of the agreement",
                    "Use the release of Fanlight that it was made for, or have the next version signed.");
    FANLIGHT_TRY(Points::parse(matching.points));
    return ok();
}

std::string version_text(policy::Agreement const& agreement) {
    return "version " + std::to_string(agreement.version);
}

} // namespace

char const* name(EntryKind kind) {
    switch (kind) {
    case EntryKind::agreement: return "agreement";
    case EntryKind::key_note: return "key note";
    case EntryKind::suspension: return "suspension";
    case EntryKind::revocation: return "revocation";
    case EntryKind::removal: return "removal";
    }
    return "";
}

AgreementId agreement_id(std::string_view note_text) {
    return AgreementId(crypto::sha256({as_bytes(note_text)}).array());
}

std::string register_origin(std::string_view domain) {
    return std::string(domain) + "/register";
}

/// A note that may follow, and what it would change.
struct Book::Made {
    Looked looked;
    std::optional<OperationalKeys> keys;
    std::optional<RegisterStatement> statement;

    /// The lines of a party that count, in the one order; what is missing of it.
    void take(Signed found) {
        for (auto& line : found.lines) lines.push_back(std::move(line));
        for (auto& one : found.missing) looked.missing.push_back(std::move(one));
    }
    void finish(std::string const& text) {
        std::sort(lines.begin(), lines.end());
        lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
        if (!lines.empty()) looked.note = crypto::format_note(text, lines);
    }
    std::vector<std::string> lines;
};

namespace {

/// A version: everybody who must, and of those who signed the one before at least two thirds with the same keys.
Result<void> count_signers(crypto::UnverifiedNote const& note, policy::Agreement const& before,
                           policy::Agreement const& after, policy::Signers const& signers, std::size_t& trusted,
                           bool& all, std::vector<Signed>& found) {
    all = true;
    trusted = 0;
    for (auto const& party : after.parties) {
        FANLIGHT_TRY(auto one, signed_by(note, party));
        auto const* old = before.find(party.id);
        if (one.both() && old != nullptr && same_officers(*old, party)) ++trusted;
        if (!one.both() && signers.must.contains(party.id)) all = false;
        found.push_back(std::move(one));
    }
    return ok();
}

} // namespace

Result<Book::Made> Book::make(std::string_view text, std::vector<policy::Finding>* findings) const {
    FANLIGHT_TRY(auto const note, crypto::parse_note(text));
    Made made;
    if (note.text.starts_with(crypto::label(mode_, crypto::Label::key_note) + "\n")) {
        made.looked.kind = EntryKind::key_note;
        FANLIGHT_TRY(auto const party, party_of_key_note(note.text));
        auto const* entry = latest().find(party);
        if (entry == nullptr) return fail(Errc::refused, "key note", "Its party is not in the latest version.");
        FANLIGHT_TRY(auto const signing, crypto::parse_vkey(entry->signing_key));
        FANLIGHT_TRY(auto keys, open_key_note(mode_, text, signing));
        auto const known = keys_.find(party);
        if (known != keys_.end() && entries_[known->second.back().entry].note == text)
            return fail(Errc::exists, "key note", "It is in the register already.");
        if (known != keys_.end() && keys.serial <= known->second.back().keys.serial)
            return fail(Errc::refused, "key note", "Its serial is not higher than the one in the register.");
        auto const last = known == keys_.end() ? 0U : known->second.back().keys.serial;
        if (keys.serial - last > serial_step_max)
            return fail(Errc::refused, "key note", "Its serial is too far from the one in the register.");
        for (auto const& [other, theirs] : keys_)
            if (other != party && shares_a_key(keys, theirs.back().keys))
                return fail(Errc::refused, "key note", "It names a key of another party.");
        FANLIGHT_TRY(auto line, line_of(note, signing));
        made.lines.push_back(std::move(*line));
        made.looked.about = party.text() + ", serial " + std::to_string(keys.serial);
        made.looked.enough = true;
        made.keys = std::move(keys);
        made.finish(note.text);
        return made;
    }
    if (is_statement(mode_, note.text)) {
        FANLIGHT_TRY(auto statement, parse_statement(mode_, note.text));
        FANLIGHT_TRY(make_statement(note, statement, made));
        made.statement = std::move(statement);
        made.finish(note.text);
        return made;
    }
    return make_agreement(note, policy::parse_agreement(note.text), findings);
}

Result<Book::Made> Book::make_agreement(crypto::UnverifiedNote const& note, policy::ParsedAgreement parsed,
                                        std::vector<policy::Finding>* findings) const {
    Made made;
    made.looked.kind = EntryKind::agreement;
    if (findings != nullptr) *findings = std::move(parsed.findings);
    if (!parsed.agreement) return fail(Errc::refused, "agreement", "Mend what is listed and have it signed again.");
    auto& agreement = *parsed.agreement;
    agreement.id = agreement_id(note.text);
    FANLIGHT_TRY(check_matching(agreement.matching));
    if (versions_.empty()) {
        made.looked.enough = true;
        for (auto const& party : agreement.parties) {
            FANLIGHT_TRY(auto one, signed_by(note, party));
            made.looked.enough = made.looked.enough && one.both();
            made.take(std::move(one));
        }
        made.looked.mend = "The first version is signed by both officers of every party.";
    } else {
        FANLIGHT_TRY(make_version(note, agreement, made, findings));
    }
    made.looked.about = version_text(agreement);
    made.looked.agreement = std::move(agreement);
    made.finish(note.text);
    return made;
}

Result<void> Book::make_version(crypto::UnverifiedNote const& note, policy::Agreement const& agreement, Made& made,
                                std::vector<policy::Finding>* findings) const {
    auto const& before = latest();
    if (find(agreement.id) != nullptr) return fail(Errc::exists, "agreement", "It is in the register already.");
    auto succession = policy::check_succession(before, agreement);
    if (findings != nullptr) findings->insert(findings->end(), succession.findings.begin(), succession.findings.end());
    if (policy::has_error(succession.findings))
        return fail(Errc::refused, "agreement", "It cannot follow the latest version; see what is listed.");
    if (agreement.effective_from < before.effective_from)
        return fail(Errc::refused, "agreement", "It would take effect before the version that it follows.");
    std::size_t trusted = 0;
    bool all = false;
    std::vector<Signed> found;
    FANLIGHT_TRY(count_signers(note, before, agreement, succession.signers, trusted, all, found));
    auto const quorum = policy::two_thirds(before.parties.size());
    made.looked.enough = all && trusted >= quorum;
    for (std::size_t i = 0; i < found.size(); ++i) {
        bool const needed = succession.signers.must.contains(agreement.parties[i].id) || trusted < quorum;
        if (!needed) found[i].missing.clear();
        made.take(std::move(found[i]));
    }
    made.looked.mend = succession.signers.why;
    return ok();
}

Result<void> Book::make_statement(crypto::UnverifiedNote const& note, RegisterStatement const& statement,
                                  Made& made) const {
    if (auto const* suspension = std::get_if<Suspension>(&statement)) {
        made.looked.kind = EntryKind::suspension;
        auto const* by = latest().find(suspension->by);
        if (by == nullptr || latest().find(suspension->of) == nullptr)
            return fail(Errc::refused, "suspension", "Both are parties of the latest version.");
        auto const known = suspensions_.find({suspension->by, suspension->of});
        if (known != suspensions_.end() && statement_text(mode_, known->second) == note.text)
            return fail(Errc::exists, "suspension", "It is in the register already.");
        if (known != suspensions_.end() && suspension->serial <= known->second.serial)
            return fail(Errc::refused, "suspension", "Its serial is not higher than the one in the register.");
        auto const last = known == suspensions_.end() ? 0U : known->second.serial;
        if (suspension->serial - last > serial_step_max)
            return fail(Errc::refused, "suspension", "Its serial is too far from the one in the register.");
        FANLIGHT_TRY(auto found, signed_by(note, *by));
        made.looked.enough = !found.lines.empty();
        if (made.looked.enough) found.missing.clear(); // one of the two is enough in an emergency
        made.take(std::move(found));
        made.looked.about = suspension->by.text() + (suspension->lifted ? " answers " : " does not answer ") +
                            suspension->of.text() + (suspension->lifted ? " again" : "");
        made.looked.mend = "One of the two officers of the party that suspends signs it.";
        return ok();
    }
    auto const* revocation = std::get_if<Revocation>(&statement);
    auto const* removal = std::get_if<Removal>(&statement);
    made.looked.kind = revocation != nullptr ? EntryKind::revocation : EntryKind::removal;
    auto const& id = revocation != nullptr ? revocation->agreement : removal->agreement;
    auto const* version = find(id);
    bool const known = version != nullptr && (revocation != nullptr || id == latest().id);
    if (!known) return fail(Errc::refused, name(made.looked.kind), "It is about another agreement.");
    if (revocation != nullptr && is_revoked(id)) return fail(Errc::exists, "revocation", "It was revoked already.");
    auto const& agreement = version->agreement;
    if (removal != nullptr && (agreement.find(removal->party) == nullptr || removal->party == agreement.coordinator))
        return fail(Errc::refused, "removal", "It names no party that could be removed; the coordinator cannot be.");
    if (removal != nullptr) {
        auto const before = removed_.find(removal->party);
        if (before != removed_.end() && before->second == latest().version)
            return fail(Errc::exists, "removal", "It was removed already.");
    }
    std::size_t enough = 0;
    std::size_t asked = 0;
    std::vector<std::string> missing;
    for (auto const& party : agreement.parties) {
        if (removal != nullptr && party.id == removal->party) continue;
        ++asked;
        FANLIGHT_TRY(auto found, signed_by(note, party));
        if (found.both()) ++enough;
        made.take(std::move(found));
    }
    made.looked.enough = enough >= policy::two_thirds(asked);
    if (made.looked.enough) made.looked.missing.clear();
    made.looked.about = revocation != nullptr ? version_text(agreement) : removal->party.text() + " is cut off";
    made.looked.mend =
        "Both officers of two thirds of the parties sign it: " + std::to_string(policy::two_thirds(asked)) + " of " +
        std::to_string(asked) + ".";
    return ok();
}

Result<Book::Looked> Book::look(std::string_view note, std::vector<policy::Finding>* findings) const {
    FANLIGHT_TRY(auto made, make(note, findings));
    return std::move(made.looked);
}

Result<Entry> Book::add(std::string_view note) {
    if (entries_.size() >= register_entries_max) return fail(Errc::too_large, where);
    FANLIGHT_TRY(auto made, make(note, nullptr));
    if (!made.looked.enough) return fail(Errc::missing, where, "Not enough of those who must have signed it.");
    if (made.looked.note != note)
        return fail(Errc::malformed, where, "It has signature lines that do not count, or in another order.");
    append(std::move(made));
    return entries_.back();
}

void Book::append(Made made) {
    auto const place = head_.size();
    auto const hash = crypto::leaf_hash(as_bytes(made.looked.note));
    head_.append(hash);
    leaf_hashes_.push_back(hash);
    if (made.keys) {
        auto const party = made.keys->party;
        keys_[party].push_back({std::move(*made.keys), place});
    }
    if (made.looked.agreement) versions_.push_back({std::move(*made.looked.agreement), place, made.looked.note});
    if (made.statement) {
        if (auto const* suspension = std::get_if<Suspension>(&*made.statement))
            suspensions_.insert_or_assign({suspension->by, suspension->of}, *suspension);
        if (auto const* revocation = std::get_if<Revocation>(&*made.statement)) revoked_.insert(revocation->agreement);
        if (auto const* removal = std::get_if<Removal>(&*made.statement))
            removed_.insert_or_assign(removal->party, latest().version);
    }
    entries_.push_back({made.looked.kind, std::move(made.looked.note), std::move(made.looked.about)});
}

Result<Book> Book::begin(std::string_view agreement_note, std::map<std::string, std::string> const& key_notes,
                         std::vector<policy::Finding>* findings) {
    FANLIGHT_TRY(auto const note, crypto::parse_note(agreement_note));
    auto parsed = policy::parse_agreement(note.text);
    Book book(parsed.agreement ? parsed.agreement->mode : Mode::live); // without one it is refused
    FANLIGHT_TRY(auto made, book.make_agreement(note, std::move(parsed), findings));
    if (!made.looked.enough)
        return fail(
            Errc::missing, "agreement: signature",
            "Both officers of every party sign the first version; `fanlight agreement verify` says who has not.");
    auto const parties = made.looked.agreement->parties;
    book.append(std::move(made));
    for (auto const& party : parties) {
        auto const text = key_notes.find(party.id.text());
        if (text == key_notes.end())
            return fail(Errc::missing, "key note of a party of the agreement",
                        "Give the directory with every party's key-note, named after the party.");
        FANLIGHT_TRY(auto const key_note, crypto::parse_note(text->second));
        FANLIGHT_TRY(auto const whose, party_of_key_note(key_note.text));
        if (whose != party.id) return fail(Errc::refused, "key note", "It is of another party than its name says.");
        FANLIGHT_TRY(auto keys, book.make(text->second, nullptr));
        if (!keys.keys) return fail(Errc::malformed, "key note");
        book.append(std::move(keys));
    }
    return book;
}

crypto::Checkpoint Book::checkpoint() const {
    return {register_origin(latest().domain), size(), root()};
}

crypto::Sha256 Book::root_at(std::uint64_t size) const {
    assert(size <= head_.size());
    crypto::TreeHead head;
    for (std::uint64_t i = 0; i < size; ++i) head.append(leaf_hashes_[i]);
    return head.root();
}

Version const& Book::in_force(Instant now) const {
    for (auto version = versions_.rbegin(); version != versions_.rend(); ++version) {
        auto const& parties = version->agreement.parties;
        bool const known = std::all_of(parties.begin(), parties.end(),
                                       [&](policy::Party const& party) { return keys_.contains(party.id); });
        if (known && version->agreement.effective_from <= now) return *version;
    }
    return versions_.front();
}

std::optional<Instant> Book::next_change(Instant now) const {
    std::optional<Instant> next;
    for (auto const& version : versions_) {
        auto const at = version.agreement.effective_from;
        if (at > now && (!next || at < *next)) next = at;
    }
    return next;
}

Version const* Book::find(AgreementId const& id) const {
    auto const found = std::find_if(versions_.begin(), versions_.end(),
                                    [&](Version const& version) { return version.agreement.id == id; });
    return found == versions_.end() ? nullptr : &*found;
}

bool Book::is_removed(PartyId const& party, Instant now) const {
    auto const found = removed_.find(party);
    return found != removed_.end() && in_force(now).agreement.version <= found->second;
}

bool Book::is_suspended(PartyId const& by, PartyId const& of) const {
    auto const found = suspensions_.find({by, of});
    return found != suspensions_.end() && !found->second.lifted;
}

} // namespace fanlight::protocol
