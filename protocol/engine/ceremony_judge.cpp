// Who is at fault: what a complaint shows, checked by everybody who hears it.

#include "protocol/engine/ceremony_session.hpp"

namespace fanlight::protocol {

namespace {

enum class Shown : std::uint8_t {
    proves, ///< signed by the accused, and a fault
    clears, ///< signed by the accused, and no fault
    lacks,  ///< not there, not signed by the accused, or not for us to check
};

class Plea {
  public:
    Plea(Self const& self, Epochs const& epochs, CeremonySession const& session, PartyId const& complainer,
         CeremonyComplaint const& complaint)
        : self_(self), epochs_(epochs), session_(session), complainer_(complainer), complaint_(complaint) {}

    Shown evidence() const {
        if (!session_.takes_part(complaint_.accused)) return Shown::lacks;
        if (told_us_otherwise()) return Shown::proves;
        switch (complaint_.claim) {
        case CeremonyClaim::malformed: return malformed();
        case CeremonyClaim::equivocation: return equivocation();
        case CeremonyClaim::other_commitments: return other_commitments();
        case CeremonyClaim::unknown_constant:
            return fault(CeremonyKind::commitments,
                         [&](Said const& said) { return !knows_constant(self_, session_, said); });
        case CeremonyClaim::other_constant: return other_constant();
        case CeremonyClaim::false_hearsay:
            return fault(CeremonyKind::heard, [&](Said const& said) { return !heard_truly(self_, session_, said); });
        case CeremonyClaim::wrong_share: return wrong_share();
        case CeremonyClaim::wrong_signature: return wrong_signature();
        case CeremonyClaim::unreadable_share:
        case CeremonyClaim::other_proposal: break;
        }
        return Shown::lacks;
    }

  private:
    static Shown proves_if(bool is_fault) { return is_fault ? Shown::proves : Shown::clears; }

    bool is_by_accused(Said const& said) const {
        return said.party == complaint_.accused && verify_said(self_, session_, hearsay_of(said));
    }
    Said const* shown(CeremonyKind kind) const {
        for (auto const& said : complaint_.said)
            if (said.kind == kind && is_by_accused(said)) return &said;
        return nullptr;
    }
    /// What is shown is not what the accused told us: whatever the complaint is, it told two different things.
    bool told_us_otherwise() const {
        for (auto const& said : complaint_.said) {
            auto const* own = session_.find(said.kind, said.party);
            if (own != nullptr && own->body != said.body && is_by_accused(said)) return true;
        }
        return false;
    }
    /// One thing that was said is enough to see the fault. What has not even the right form is a fault as well.
    template <class IsFault> Shown fault(CeremonyKind kind, IsFault const& is_fault) const {
        auto const* said = shown(kind);
        if (said == nullptr) return Shown::lacks;
        return proves_if(!well_formed(session_, *said) || is_fault(*said));
    }

    Shown malformed() const {
        if (complaint_.said.size() != 1 || !is_by_accused(complaint_.said.front())) return Shown::lacks;
        return proves_if(!well_formed(session_, complaint_.said.front()));
    }
    Shown equivocation() const {
        if (complaint_.hearsay.size() != 2) return Shown::lacks;
        auto const& one = complaint_.hearsay[0];
        auto const& other = complaint_.hearsay[1];
        bool const of_one = one.party == complaint_.accused && other.party == complaint_.accused &&
                            one.kind == other.kind && verify_said(self_, session_, one) &&
                            verify_said(self_, session_, other);
        return of_one ? proves_if(one.body_hash != other.body_hash) : Shown::lacks;
    }
    Shown other_commitments() const {
        auto const* joined = shown(CeremonyKind::joined);
        if (joined == nullptr) return Shown::lacks;
        return fault(CeremonyKind::commitments, [&](Said const& said) {
            return !well_formed(session_, *joined) || !is_promised(self_, session_, *joined, said);
        });
    }
    Shown other_constant() const {
        auto const* before = session_.is_reshare() ? sharing_dealt(epochs_, session_.proposal) : nullptr;
        if (before == nullptr) return Shown::lacks;
        return fault(CeremonyKind::commitments,
                     [&](Said const& said) { return !deals_rightly(session_, *before, said); });
    }
    Shown wrong_share() const {
        auto const index = session_.index_of(complainer_);
        if (!index || !complaint_.share || !session_.deals(complaint_.accused)) return Shown::lacks;
        auto const& [share, signature] = *complaint_.share;
        auto const signed_bytes = share_bytes(self_.mode(), session_, complaint_.accused, complainer_, share.view());
        auto const accused = self_.directory.find(complaint_.accused);
        if (accused == self_.directory.end() || !crypto::verify(accused->second.node, signed_bytes, signature))
            return Shown::lacks;
        return fault(CeremonyKind::commitments,
                     [&, bytes = share.view()](Said const& said) { return !fits(bytes, *index, said); });
    }
    Shown wrong_signature() const {
        auto const certificate = certificate_of(session_);
        if (!certificate) return Shown::lacks; // we are not that far, or are the coordinator
        auto const text = key_certificate_text(self_.agreement, certificate.value());
        return fault(CeremonyKind::signature,
                     [&](Said const& said) { return !signs(self_.agreement, complaint_.accused, text, said); });
    }

    Self const& self_;
    Epochs const& epochs_;
    CeremonySession const& session_;
    PartyId const& complainer_;
    CeremonyComplaint const& complaint_;
};

} // namespace

Verdict judge(Self const& self, Epochs const& epochs, CeremonySession const& session, PartyId const& complainer,
              CeremonyComplaint const& complaint) {
    auto const& accused = complaint.accused.text();
    auto const claim = accused + " " + in_words(complaint.claim);
    auto const complains = complainer.text() + " complains that " + claim;
    switch (Plea(self, epochs, session, complainer, complaint).evidence()) {
    case Shown::proves: return {claim + "; " + complainer.text() + " has shown it", complaint.accused};
    case Shown::clears: return {complains + ", and what it shows clears " + accused, complainer};
    case Shown::lacks: break;
    }
    return {complains + "; it cannot be proven who of the two is at fault", std::nullopt};
}

} // namespace fanlight::protocol
