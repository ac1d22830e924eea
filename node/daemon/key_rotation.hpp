#pragma once
// Replacing a node's operational keys: what is to be done, as a pure core over the keyring. The node's core does it and
// makes the keyring file durable at the places marked with !.
//
//   order --> next keys ! --> key note, proposed at our node --to everybody--> the coordinator gives it a place
//      --> it comes into our register, in one transaction with a leaf that says which keys --> the next keys are those
//      in use ! --> the log's checkpoint, links and messages are under the new keys
//
// Former node keys and certificates count for some days at the others (protocol::former_keys_kept), so nothing that was
// on its way is lost. After a compromise a second note of the same keys follows and voids the former ones: not at once,
// because whoever has not heard of the new certificate would be cut off.
//
// The coordinator's node key and certificate are special, because all news come from it: it goes on with the former
// ones until every party has acknowledged the register with the new key note, or link_patience is over. Who was away
// for longer cannot come back by itself.

#include "node/offline/data_directory.hpp"
#include "protocol/engine/registrar.hpp"

#include <array>
#include <set>

namespace fanlight::node {

inline constexpr Duration sealing_replaced_every = std::chrono::days(7);
inline constexpr Duration former_sealing_kept = std::chrono::days(15); ///< twice what may be on its way, and a day
inline constexpr Duration link_patience = protocol::former_keys_kept - std::chrono::days(1);
inline constexpr Duration link_patience_compromised = std::chrono::minutes(10);
inline constexpr Duration rotation_retried_every = std::chrono::hours(1); ///< what the node starts by itself
static_assert(former_sealing_kept > 2 * limits::outbox_age_max);

enum class KeyPurpose : std::uint8_t { node, tls, log, witness, sealing, share_sealing };
inline constexpr std::array every_key_purpose{KeyPurpose::node,    KeyPurpose::tls,     KeyPurpose::log,
                                              KeyPurpose::witness, KeyPurpose::sealing, KeyPurpose::share_sealing};
char const* name(KeyPurpose purpose); ///< "share_sealing"
/// Errc::malformed. Reads "share-sealing" as well.
Result<KeyPurpose> parse_key_purpose(std::string_view text);

struct RotationOrder {
    std::set<KeyPurpose> keys;
    bool compromised = false; ///< the former ones shall count for nothing
};

/// Why an administrator's order cannot be taken now. Errc::malformed: no keys; Errc::exists: one is under way;
/// Errc::refused: share sealing while a ceremony goes on here.
Result<void> check_order(Keyring const& keyring, RotationOrder const& order, bool ceremony);

/// The keys in use with those of the order fresh, under the next serial, voiding what is due to be.
Result<NextKeys> next_keys(Keyring const& keyring, RotationOrder const& order, PartyId const& party, Instant now,
                           crypto::Random& random);

/// What a rotation depends on beside the keyring.
struct RotationScene {
    Instant now{};
    PartyId party;
    protocol::OperationalKeys registered; ///< our latest key note in the register
    bool proposed = false;                ///< the next key note waits at this node for its place
    bool everybody_has_it = true;         ///< and has told the coordinator so; only the coordinator asks
    Instant retry_at{};                   ///< what the node starts by itself waits until then
};

enum class RotationStep : std::uint8_t {
    none,
    use_next,        ///< the register has the next keys: use_next_keys
    propose,         ///< the next key note was never proposed, or was forgotten
    show_new_link,   ///< drop former_link
    void_former,     ///< a note of the same keys that voids the former ones
    replace_sealing, ///< an order for the sealing key
    destroy_sealing, ///< destroy_former_sealing
    stop,            ///< the register has keys of our party that we have not: nothing we sign would count
};
/// One at a time; ask again after each. use_next is asked for before all others.
RotationStep rotation_step(Keyring const& keyring, RotationScene const& scene);
/// When the clock alone may bring the next step.
std::optional<Instant> rotation_wake(Keyring const& keyring, Instant now, Instant retry_at);

/// In place: the next keys are in use, what they replace is kept where something may still need it. At the coordinator
/// `is_hub`: former_link.
void use_next_keys(Keyring& keyring, Instant now, bool is_hub);
/// Those that were replaced former_sealing_kept ago.
void destroy_former_sealing(Keyring& keyring, Instant now);

/// Which purposes have other keys in `after`.
std::set<KeyPurpose> purposes_replaced(OperationalSecrets const& before, OperationalSecrets const& after);
/// "node, tls" in words for a leaf or a screen; "none".
std::string in_words(std::set<KeyPurpose> const& purposes);
/// For the log: "keys replaced: node, tls; key note of serial 3".
std::string use_next_text(Keyring const& keyring);
std::string destroy_text(Keyring const& keyring, Instant now);

} // namespace fanlight::node
