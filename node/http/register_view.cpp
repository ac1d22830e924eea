#include "node/http/register_view.hpp"

#include "crypto/text.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace fanlight::node {

namespace json = boost::json;

namespace {

constexpr std::size_t proposal_digits = 8; // enough to name one of at most sixteen

json::array strings(std::vector<std::string> const& texts) {
    json::array out;
    for (auto const& text : texts) out.emplace_back(text);
    return out;
}

json::object lease_view(protocol::Registrar const& registrar, protocol::Self const& self, Instant now) {
    json::object out{{"needed", protocol::lease_quorum(registrar.book(), self.agreement, now)}};
    auto const& lease = registrar.lease();
    bool const good = lease && lease->until > now;
    out["held"] = good;
    if (good) {
        out["until"] = to_text(lease->until);
        out["organisations"] = lease->organisations;
    }
    if (auto const why = registrar.no_lease()) out["last_was_none"] = protocol::in_words(*why);
    if (auto const reason = registrar.silent(now)) out["silent"] = policy::in_words(*reason);
    return out;
}

/// Who has cosigned a head that has the entry: at the coordinator only, where the cosignatures come together.
void add_acknowledged(json::object& out, protocol::Registrar const& registrar, protocol::Self const& self,
                      std::uint64_t entry) {
    if (!self.is_coordinator()) return;
    json::array missing;
    std::size_t have = 1; // itself
    for (auto const& party : self.agreement.parties) {
        if (party.id == self.party) continue;
        auto const seen = registrar.acknowledged().find(party.id);
        if (seen != registrar.acknowledged().end() && seen->second.size > entry)
            ++have;
        else
            missing.emplace_back(party.id.text());
    }
    out["acknowledged"] = have;
    out["not_acknowledged"] = std::move(missing);
}

json::array versions_view(protocol::Registrar const& registrar, protocol::Self const& self, Instant now) {
    json::array out;
    for (auto const& version : registrar.book().versions()) {
        auto const& agreement = version.agreement;
        json::object one{{"version", agreement.version},
                         {"id", crypto::to_hex(agreement.id.view())},
                         {"words", crypto::fingerprint_words(agreement.id.view())},
                         {"effective_from", to_text(agreement.effective_from)},
                         {"in_force", agreement.id == self.agreement.id},
                         {"revoked", registrar.is_revoked(agreement.id)},
                         {"parties", agreement.parties.size()}};
        one["comes"] = agreement.effective_from > now;
        add_acknowledged(one, registrar, self, version.entry);
        out.push_back(std::move(one));
    }
    return out;
}

json::array keys_view(protocol::Registrar const& registrar, Instant now) {
    json::array out;
    for (auto const& [party, history] : registrar.book().key_history())
        out.push_back({{"party", party.text()},
                       {"serial", history.back().keys.serial},
                       {"cut_off", registrar.is_removed(party, now)}});
    return out;
}

json::array proposals_view(protocol::Registrar const& registrar) {
    json::array out;
    for (auto const& [id, proposal] : registrar.proposals()) {
        json::object one{{"id", crypto::to_hex(id.view()).substr(0, proposal_digits)},
                         {"kind", name(proposal.looked.kind)},
                         {"about", proposal.looked.about},
                         {"words", crypto::fingerprint_words(id.view())},
                         {"since", to_text(proposal.since)},
                         {"enough", proposal.looked.enough},
                         {"missing", strings(proposal.looked.missing)},
                         {"rule", proposal.looked.mend}};
        out.push_back(std::move(one));
    }
    return out;
}

} // namespace

json::object register_view(protocol::Node const& node, protocol::Self const& self, Instant now) {
    auto const& registrar = node.registrar();
    auto const& book = registrar.book();
    json::array suspensions;
    for (auto const& [pair, suspension] : registrar.suspensions())
        suspensions.push_back({{"by", suspension.by.text()},
                               {"of", suspension.of.text()},
                               {"serial", suspension.serial},
                               {"suspended", registrar.is_suspended(suspension.by, suspension.of)},
                               {"reason", suspension.reason}});
    auto const checkpoint = book.checkpoint();
    return {{"origin", checkpoint.origin},
            {"size", checkpoint.size},
            {"root", crypto::to_base64(checkpoint.root.view())},
            {"party", self.party.text()},
            {"domain", self.agreement.domain},
            {"mode", name(self.mode())},
            {"lease", lease_view(registrar, self, now)},
            {"versions", versions_view(registrar, self, now)},
            {"keys", keys_view(registrar, now)},
            {"suspensions", std::move(suspensions)},
            {"proposals", proposals_view(registrar)}};
}

Result<std::string> register_note(protocol::Registrar const& registrar, protocol::Self const& self,
                                  std::string_view which) {
    for (auto const& version : registrar.book().versions()) {
        bool const in_force = which == "in-force" && version.agreement.id == self.agreement.id;
        if (in_force || which == "version-" + std::to_string(version.agreement.version)) return version.note;
    }
    if (which.size() >= proposal_digits)
        for (auto const& [id, proposal] : registrar.proposals())
            if (crypto::to_hex(id.view()).starts_with(which)) return proposal.looked.note;
    return fail(Errc::missing, "note of the register",
                "Name in-force, version-1, or a proposal as `fanlight agreement proposals` lists it.");
}

json::array findings_json(std::vector<policy::Finding> const& findings) {
    json::array out;
    for (auto const& finding : findings)
        out.push_back(
            {{"error", finding.error}, {"place", finding.place}, {"text", finding.text}, {"mend", finding.mend}});
    return out;
}

} // namespace fanlight::node
