// A witness's decision, in the order of c2sp.org/tlog-witness, "add-checkpoint": whose head it is, where it starts, and
// only then whether it is consistent.

#include "crypto/add_checkpoint.hpp"

#include "crypto/proof_lines.hpp"
#include "crypto/text.hpp"

#include <cassert>

namespace fanlight::crypto {

namespace {
constexpr auto where = "witness request";
constexpr std::string_view old_word = "old ";
} // namespace

std::string format_add_checkpoint(AddCheckpoint const& request) {
    assert(request.old_size >> 63U == 0 && request.proof.size() <= consistency_hashes_max);
    auto text = std::string(old_word) + std::to_string(request.old_size) + "\n";
    append_proof_lines(text, request.proof, request.checkpoint);
    return text;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view text) {
    if (text.size() > add_checkpoint_bytes_max) return fail(Errc::too_large, where);
    auto rest = text;
    auto const line = take_line(rest);
    auto const old_size =
        line && line->starts_with(old_word) ? parse_decimal(line->substr(old_word.size())) : std::nullopt;
    if (!old_size) return fail(Errc::malformed, where, "It must begin with old, a space and decimal digits.", 1);
    FANLIGHT_TRY(auto lines, parse_proof_lines(rest, 2, consistency_hashes_max, where));
    return AddCheckpoint{*old_size, std::move(lines.hashes), std::move(lines.checkpoint)};
}

char const* in_words(WitnessStatus status) {
    switch (status) {
    case WitnessStatus::ok: return "cosigned";
    case WitnessStatus::bad_request: return "the request does not have the right form";
    case WitnessStatus::forbidden: return "the head is not signed by the log's key";
    case WitnessStatus::not_found: return "this witness does not know the log";
    case WitnessStatus::conflict: return "this witness last cosigned a head of another size";
    case WitnessStatus::unprocessable: return "the head does not follow from the one last cosigned";
    }
    return "unknown";
}

WitnessVerdict judge_checkpoint(AddCheckpoint const& request, NoteKey const& log_key, WitnessedHead const& known) {
    WitnessVerdict verdict;
    auto const answer = [&verdict](WitnessStatus status) {
        verdict.status = status;
        return verdict;
    };
    auto const note = parse_note(request.checkpoint);
    if (!note) return answer(WitnessStatus::bad_request);
    auto const text = NoteChecker::verify_all(note.value(), {&log_key, 1});
    if (!text) return answer(WitnessStatus::forbidden);
    auto head = parse_checkpoint_text(text.value().value());
    if (!head) return answer(WitnessStatus::bad_request);
    if (head.value().origin != log_key.name) return answer(WitnessStatus::not_found);
    if (request.old_size > head.value().size) return answer(WitnessStatus::bad_request);

    verdict.head = std::move(head).value();
    // Two roots of one size contradict each other wherever the request starts. A proof that fails says less: it may
    // just be wrong.
    auto const& root = verdict.head.root;
    verdict.forked =
        (verdict.head.size == known.size && root != known.root) || (verdict.head.size == 0 && root != empty_root());
    if (request.old_size != known.size) return answer(WitnessStatus::conflict);
    if (verdict.forked || !verify_consistency(known.size, verdict.head.size, known.root, root, request.proof)) {
        return answer(WitnessStatus::unprocessable);
    }
    return answer(WitnessStatus::ok);
}

Result<std::string> origin_of(AddCheckpoint const& request) {
    FANLIGHT_TRY(auto const note, parse_note(request.checkpoint));
    auto text = std::string_view(note.text);
    auto const line = take_line(text);
    if (!line || !is_note_name(*line)) return fail(Errc::malformed, where, "The checkpoint has no origin.");
    return std::string(*line);
}

} // namespace fanlight::crypto
