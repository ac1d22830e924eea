#pragma once
// What information governance does to a node's log becomes part of it: reviews, exports, erasures. Engines of every
// role; the events come from the node's own screens.

#include "protocol/engine/own_log.hpp"
#include "protocol/engine/self.hpp"

#include <map>

namespace fanlight::protocol {

inline constexpr std::size_t governance_text_bytes_max = 500; ///< of a name, a reason, a note
inline constexpr std::size_t erasure_leaves_max = 100'000;    ///< about one person, in one erasure

enum class ReviewVerdict : std::uint8_t { justified = 1, question, not_justified };
char const* in_words(ReviewVerdict verdict); ///< "not justified"
/// "justified", "question", "not-justified". Errc::malformed
Result<ReviewVerdict> parse_verdict(std::string_view word);

/// Somebody has looked at a leaf. A later mark by anybody stands beside it; none is ever taken away.
struct Reviewed {
    LeafPlace leaf;
    ReviewVerdict verdict{};
    std::string user;
    std::string note; ///< may be empty, but not with "question" or "not justified"
};
struct Exported {
    std::string user;
    std::string format;
    Instant from{};
    Instant to{};
    std::uint64_t leaves = 0;
    crypto::Sha256 file; ///< of what was handed out
};
/// Everything that the log says about one person becomes unreadable; leaves and proofs stay.
struct ErasureOrdered {
    crypto::Pseudonym subject;
    std::vector<LeafPlace> leaves; ///< those that are about the person, found by the shell; in order, none twice
    std::string user;
    std::string decision; ///< reference of the decision under Article 17; names nobody
};

/// One piece of Space::erased. Errc::damaged.
Result<ErasedSubject> parse_erased(ByteView key, ByteView value);

class Governance {
  public:
    explicit Governance(Self const& self) : self_(self) {}

    /// Errc::malformed: a text is empty, too long, not UTF-8 or has control characters; Errc::missing: no such leaf in
    /// this log (`next` is where its next leaf goes).
    Result<void> reviewed(Instant now, Reviewed const& mark, LeafPlace const& next, Effects& effects) const;
    Result<void> exported(Instant now, Exported const& made, Effects& effects) const;
    /// The leaf commits to the places and the decision, not to the person; the person's key goes after the leaf is
    /// durable (Effects::erase_subjects), and again after every restart or restore, so that an old copy of the keys
    /// does not bring it back. What is logged about the person later is under another key, and stays until that is
    /// erased as well. Errc::missing: nothing in the log is about that person; Errc::too_large.
    Result<void> erase(Instant now, ErasureOrdered const& order, Effects& effects);

    /// They were erased after the moment that this older copy is of.
    void erased_since(Instant now, std::span<ErasedSubject const> erased, Effects& effects);

    /// Who was ever erased here, and up to which place: that of the latest erasure.
    std::map<crypto::Pseudonym, LeafPlace> const& erased() const { return erased_; }
    /// After a restart: the keys that all of them had up to there are to be gone.
    void start(Effects& effects) const;
    Result<void> restore(ByteView key, ByteView value);

  private:
    void note_erased(Instant now, ErasedSubject const& erased, std::string_view decision, Effects& effects);

    Self const& self_;
    std::map<crypto::Pseudonym, LeafPlace> erased_;
};

} // namespace fanlight::protocol
