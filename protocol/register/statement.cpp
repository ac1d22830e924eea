// Texts of suspensions, revocations and removals: written, and read back only if writing gives the same bytes.

#include "protocol/register/statement.hpp"

#include "crypto/hash.hpp"
#include "crypto/labels.hpp"
#include "policy/text.hpp"
#include "protocol/note_lines.hpp"

namespace fanlight::protocol {

namespace {

constexpr auto where = "statement to the register";

std::string first_line(Mode mode, crypto::Label label) {
    return crypto::label(mode, label) + "\n";
}

Result<std::string> parse_reason(NoteLines& lines) {
    FANLIGHT_TRY(auto const reason, lines.value("reason"));
    if (reason.size() > statement_reason_bytes_max || policy::unfit_text(reason) != nullptr)
        return fail(Errc::malformed, where, "The reason is one line of at most 200 bytes, all of it visible.");
    return std::string(reason);
}

Result<PartyId> parse_party(NoteLines& lines, std::string_view name) {
    FANLIGHT_TRY(auto const text, lines.value(name));
    return PartyId::parse(text);
}

Result<Suspension> parse_suspension(NoteLines& lines) {
    FANLIGHT_TRY(auto by, parse_party(lines, "by"));
    FANLIGHT_TRY(auto of, parse_party(lines, "of"));
    FANLIGHT_TRY(auto const serial, lines.number("serial"));
    FANLIGHT_TRY(auto const state, lines.value("state"));
    if (state != "suspended" && state != "lifted") return fail(Errc::malformed, where);
    if (by == of) return fail(Errc::malformed, where, "A party cannot suspend itself.");
    bool const lifted = state == "lifted";
    FANLIGHT_TRY(auto reason, parse_reason(lines));
    return Suspension{std::move(by), std::move(of), serial, lifted, std::move(reason)};
}

Result<Revocation> parse_revocation(NoteLines& lines) {
    FANLIGHT_TRY(auto const agreement, lines.tagged<AgreementId>("agreement"));
    FANLIGHT_TRY(auto reason, parse_reason(lines));
    return Revocation{agreement, std::move(reason)};
}

Result<Removal> parse_removal(NoteLines& lines) {
    FANLIGHT_TRY(auto const agreement, lines.tagged<AgreementId>("agreement"));
    FANLIGHT_TRY(auto party, parse_party(lines, "party"));
    FANLIGHT_TRY(auto reason, parse_reason(lines));
    return Removal{agreement, std::move(party), std::move(reason)};
}

template <class T> Result<RegisterStatement> exactly(Mode mode, std::string_view text, Result<T> parsed) {
    FANLIGHT_TRY(auto statement, std::move(parsed));
    if (statement_text(mode, statement) != text) return fail(Errc::malformed, where);
    return RegisterStatement(std::move(statement));
}

} // namespace

std::string statement_text(Mode mode, Suspension const& suspension) {
    return first_line(mode, crypto::Label::suspension) + "by " + suspension.by.text() + "\nof " + suspension.of.text() +
           "\nserial " + std::to_string(suspension.serial) + "\nstate " + (suspension.lifted ? "lifted" : "suspended") +
           "\nreason " + suspension.reason + "\n";
}

std::string statement_text(Mode mode, Revocation const& revocation) {
    return first_line(mode, crypto::Label::revocation) + "agreement " + crypto::to_hex(revocation.agreement.view()) +
           "\nreason " + revocation.reason + "\n";
}

std::string statement_text(Mode mode, Removal const& removal) {
    return first_line(mode, crypto::Label::removal) + "agreement " + crypto::to_hex(removal.agreement.view()) +
           "\nparty " + removal.party.text() + "\nreason " + removal.reason + "\n";
}

bool is_statement(Mode mode, std::string_view text) {
    for (auto const label : {crypto::Label::suspension, crypto::Label::revocation, crypto::Label::removal})
        if (text.starts_with(first_line(mode, label))) return true;
    return false;
}

Result<RegisterStatement> parse_statement(Mode mode, std::string_view text) {
    NoteLines lines(text, where);
    auto const first = std::string(lines.next()) + "\n";
    if (first == first_line(mode, crypto::Label::suspension)) return exactly(mode, text, parse_suspension(lines));
    if (first == first_line(mode, crypto::Label::revocation)) return exactly(mode, text, parse_revocation(lines));
    if (first == first_line(mode, crypto::Label::removal)) return exactly(mode, text, parse_removal(lines));
    return fail(Errc::malformed, where, "It is of another form, or of the other mode (practice, live).");
}

} // namespace fanlight::protocol
