#pragma once
// Whether a coordinator showed an answer about one person as an answer about another, as the logs of both ends say. It
// commits to each slot before it has the answer, and to as whose it showed the answer after; the agency commits to what
// it was sent. Opened at audit, the three must agree (docs/protocol.md, "Openings").
//
//   agency, query received ----- slot commitments ----+
//   coordinator, query sent ---- slot commitments ----+-- equal? -- opened by --> person, nonce, hashes of secrets
//   coordinator, disclosure received -- slots: shown as person -- the same? ----------+       |
//   agency's own record that it matched -- hashes of its anchors -- shares one? --------------+

#include "crypto/opening.hpp"
#include "protocol/engine/records.hpp"
#include "protocol/engine/slots.hpp"

#include <map>
#include <string>

namespace fanlight::protocol {

/// A leaf with what is shown of it, as `fanlight log prove` writes it.
struct ShownLeaf {
    crypto::Leaf leaf;
    crypto::ShownOpening opening;
};

/// Of every anchor of a record in an epoch, and of the records that the agency takes for the same person: some of them
/// led to the record if it was matched. None of components: whole families share those. Empty: it is not enrolled then.
Result<std::set<SecretHash>> hashes_of(Mode mode, Records const& records, std::uint32_t epoch, RecordRow row);

/// One exchange of stage 1, from both ends.
struct AskedAndShown {
    ShownLeaf sent;     ///< coordinator's query sent, with slot_commitments and slot_opening
    ShownLeaf received; ///< agency's query received, with slot_commitments
    ShownLeaf shown;    ///< coordinator's disclosure received, with slots
    std::map<std::uint8_t, std::set<SecretHash>> records = {}; ///< by slot from 0: hashes_of() of whom it matched there
};

enum class SpliceKind : std::uint8_t {
    another_query = 1, ///< the agency was sent another commitment than the coordinator logged
    wrong_opening,     ///< does not open the commitment
    other_person,      ///< shown as one, asked about another
    twice,             ///< a person is in two slots
    other_nonce,       ///< a person has two nonces, or two people have one
    not_of_record,     ///< nothing was asked there that the matched record has
    not_shown,         ///< proves nothing: erased, or not revealed
};
char const* name(SpliceKind kind); ///< "other_person"
struct SpliceFinding {
    SpliceKind kind;
    std::uint8_t slot; ///< from 0
    std::string words; ///< plain; slots and people are counted from 1; names nobody
};
/// In order of slot. An honest coordinator has none but not_shown.
using SpliceFindings = std::vector<SpliceFinding>;
/// Whether any of them is more than something that could not be looked at.
bool is_spliced(SpliceFindings const& findings);

/// Errc::malformed: a leaf is not of the class that it should be, or of another exchange, or does not show what is
/// needed. Errc::bad_signature: a leaf does not commit to what is shown of it.
Result<SpliceFindings> find_splices(AskedAndShown const& exchange);

/// Across the queries of one case: a person has the same nonce in all. The words count the queries from 1. Errors as
/// above; `at` is the query.
Result<SpliceFindings> compare_nonces(std::span<ShownLeaf const> sent);

} // namespace fanlight::protocol
