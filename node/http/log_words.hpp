#pragma once
// What a leaf of the log says, in words for people: the same on screens and in exports.

#include "node/log/events.hpp"

namespace fanlight::node {

/// What `--class` takes, and what programs read: "disclosure_sent". '-' counts as '_'.
char const* token(crypto::LeafClass kind);
Result<crypto::LeafClass> parse_class_token(std::string_view text); ///< Errc::malformed
/// "refusal,break_glass"; empty: none is asked for. Errc::malformed.
Result<std::optional<std::set<crypto::LeafClass>>> parse_classes(std::string_view text);

/// "2026/18204": shard and position, counted from 0 as proofs do.
std::string place_text(protocol::LeafPlace const& place);
Result<protocol::LeafPlace> parse_place(std::string_view text); ///< Errc::malformed

/// "message_hash", as `--reveal` takes it: the field's name with '_'.
std::string token(crypto::FieldTag tag);
Result<crypto::FieldTag> parse_field_token(std::string_view text); ///< Errc::malformed

/// What an information governance officer looks at first. In the order in which it is shown.
enum class LogException : std::uint8_t {
    break_glass,
    withheld,     ///< a refusal of ours, or somebody who is known and was not told of
    unsure_match, ///< an answer that a practitioner must still decide
    late,
    corrected,
    budget, ///< a refusal because a budget is spent
    clock,  ///< the clock, a lease or witnesses stopped the node; not an ordinary start or stop
    gap,
    erasure,
};
inline constexpr std::size_t log_exception_count = 9;
char const* name(LogException kind);     ///< "unsure_match"
char const* in_words(LogException kind); ///< "unsure match"
/// Each at most once, in order; mostly none.
std::vector<LogException> exceptions_of(LogEvent const& event);

/// The other parties that the leaf names; mostly one.
std::vector<std::string> peers_of(LogEvent const& event);
/// The clauses that it cites, each once.
std::vector<std::string> clauses_of(LogEvent const& event);
/// The first eight hex digits of everybody whom it is about, each once.
std::vector<std::string> subjects_of(LogEvent const& event);
/// One line for a list: stage, purpose, route, fields, how many of each colour and reply, reason. Nothing of what it
/// says about one person alone.
std::string summary_of(LogEvent const& event);
/// A field's value; "erased" if that is gone.
std::string in_words(crypto::ShownField const& field);

} // namespace fanlight::node
