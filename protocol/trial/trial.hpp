#pragma once
// Asks about everybody in one file at a party that holds another, with the functions and tokens of the shipped path:
//
//   left: descriptors_of -> tokens -> tokens_of(agency) -> slot_key     (what the coordinator sends)
//   right: descriptors_of -> tokens -> tokens_of(agency) -> day tokens  (what the agency's index holds)
//          day token found -> add_evidence -> levels_of -> judge
//
// No network, index or store; an agency's index is a sorted table. Deterministic but for the values of the tokens.

#include "protocol/engine/matching.hpp"
#include "protocol/trial/trial_file.hpp"

#include <functional>

namespace fanlight::protocol {

/// Turns inputs into tokens. Any thread.
class TokenSource {
  public:
    virtual ~TokenSource() = default;
    /// In the order of the inputs, at most limits::evaluations_per_person_max.
    virtual Result<std::vector<crypto::Token>> tokens(std::vector<Bytes> const& inputs) const = 0;
};

/// Blinds, evaluates and finalises under one key.
class EvaluatedTokens final : public TokenSource {
  public:
    EvaluatedTokens(crypto::OprfKey const& key, crypto::Random& random) : key_(key), random_(random) {}
    Result<std::vector<crypto::Token>> tokens(std::vector<Bytes> const& inputs) const override;

  private:
    crypto::OprfKey const& key_;
    crypto::Random& random_; ///< from any thread
};

/// SHA-512 of the input instead: equal where the real ones are equal, and good for measuring only.
class HashedTokens final : public TokenSource {
  public:
    Result<std::vector<crypto::Token>> tokens(std::vector<Bytes> const& inputs) const override;
};

/// Called between blocks of work, on the caller's thread: people done.
using TrialProgress = std::function<void(std::size_t people)>;
struct TrialTools {
    TokenSource const& source;
    crypto::Parallel const& parallel;
    TrialProgress const& progress;
};

/// Tokens of everybody in a file who is asked about, the same for all agencies.
struct AskedTokens {
    struct OfPerson {
        std::vector<crypto::Token> tokens; ///< of inputs_of()
        std::size_t anchors = 0;
        std::size_t components = 0;
    };
    std::vector<OfPerson> people; ///< by row
};
Result<AskedTokens> tokens_of_asked(TrialFile const& file, TrialTools const& tools);

/// What a party that holds a file keeps.
struct EnrolledFile {
    struct Entry {
        DayToken token;
        TrialRowNumber row;
        std::uint32_t anchor; ///< place in the person's anchors
    };
    std::vector<PersonTokens> people; ///< by row
    std::vector<Entry> index;         ///< by token, then row
};
Result<EnrolledFile> enrol_file(TrialFile const& file, PartyId const& agency, TrialTools const& tools);

/// A record that shares anchors with a person asked about.
struct SharedAnchors {
    TrialRowNumber row = 0;
    std::uint32_t all = 0;  ///< bit n: kind n + 1 is the same in both
    std::uint32_t sent = 0; ///< of these, the ones that go to a party of this size
};
/// Two of the right file's own records that share anchors, as they stand, without their families: for learning, while
/// nobody knows yet what makes two of them one person.
struct OwnPair {
    TrialRowNumber one = 0;
    TrialRowNumber other = 0;
    Levels levels; ///< with the name counts of `other`
};
struct TrialSlot {
    TrialRowNumber row = 0;             ///< who is asked about
    std::size_t keys = 0;               ///< that the slot carries, dummies not counted
    std::vector<SharedAnchors> sharing; ///< by row
    std::vector<Candidate> candidates;  ///< those of `sharing` who share an anchor that was sent
    std::vector<OwnPair> own_pairs;     ///< of these, either way round; none if the file's `same` is known
};
struct TrialQuery {
    std::vector<TrialSlot> slots;
};

/// Who is asked, and where.
struct Trial {
    TrialFile const& left;
    TrialFile const& right;
    /// Both are one file: each pair of rows once (the later one is the candidate), never a row with itself.
    bool within = false;
};
/// queries[i] is about left.groups[i]. The candidates are not judged yet.
std::vector<TrialQuery> ask(Trial const& trial, AskedTokens const& asked, EnrolledFile const& enrolled,
                            PartyId const& agency, crypto::Parallel const& parallel, TrialProgress const& progress);

bool is_same(Trial const& trial, TrialSlot const& slot, std::int64_t candidate_row);

/// The candidates of a query as an agency judges them: of each slot the best by the pair alone, and records that are
/// surely one person under one number. `sure` is the threshold for that, where the file's `same` is not known.
std::vector<std::vector<Candidate>> judged_together(TrialQuery const& query, Points const& points, std::int32_t sure);

/// judge(), and then all records of a person are sure if one of them is.
void judge_records(std::vector<std::vector<Candidate>>& slots, Points const& points, Thresholds thresholds);

/// Judges every query; the candidates change their order, and those that are not judged go. Records of a person who is
/// surely found are candidates too, even if they share nothing with who was asked about.
void judge_trial(Trial const& trial, std::vector<TrialQuery>& queries, Points const& points, Thresholds thresholds);

/// Bytes of one key of a slot with what goes with it.
inline constexpr std::size_t slot_key_bytes =
    DayToken::size_bytes + limits::components_per_anchor * ComponentValue::size_bytes + 2;

} // namespace fanlight::protocol
