#include "node/http/log_actions.hpp"

#include "crypto/text.hpp"
#include "node/http/log_words.hpp"

#include <boost/json.hpp>

namespace fanlight::node {

namespace json = boost::json;

namespace {

constexpr auto form = "docs/protocol.md, \"Local interface\", has its form.";

/// Takes named fields out of a body; what is left at the end is one too many.
class Body {
  public:
    Body(std::string_view text, char const* where) : where_(where) {
        boost::system::error_code problem;
        auto value = json::parse(text, problem);
        if (problem || !value.is_object())
            good_ = false;
        else
            fields_ = std::move(value.get_object());
    }
    /// Empty if it is not there.
    std::string text(std::string_view name) {
        auto const value = take(name);
        if (value.is_null()) return {};
        if (!value.is_string()) good_ = false;
        return value.is_string() ? std::string(value.get_string()) : std::string();
    }
    std::uint64_t number(std::string_view name) {
        auto const value = take(name);
        boost::system::error_code problem;
        auto const number = value.is_number() ? value.to_number<std::uint64_t>(problem) : 0;
        if (!value.is_number() || problem || number >> 62U != 0) good_ = false;
        return number;
    }
    bool flag(std::string_view name) {
        auto const value = take(name);
        if (!value.is_null() && !value.is_bool()) good_ = false;
        return value.is_bool() && value.get_bool();
    }
    Result<void> finish() const {
        if (!good_ || !fields_.empty()) return fail(Errc::malformed, where_, form);
        return ok();
    }

  private:
    json::value take(std::string_view name) {
        auto const found = fields_.find(name);
        if (found == fields_.end()) return nullptr;
        auto value = std::move(found->value());
        fields_.erase(found);
        return value;
    }
    char const* where_;
    json::object fields_;
    bool good_ = true;
};

} // namespace

Result<protocol::Reviewed> parse_review(std::string_view text) {
    Body body(text, "review");
    auto const place = body.text("place");
    auto const verdict = body.text("verdict");
    protocol::Reviewed mark;
    mark.user = body.text("user");
    mark.note = body.text("note");
    FANLIGHT_TRY(body.finish());
    FANLIGHT_TRY(mark.leaf, parse_place(place));
    FANLIGHT_TRY(mark.verdict, protocol::parse_verdict(verdict));
    return mark;
}

Result<protocol::Exported> parse_exported(std::string_view text) {
    Body body(text, "export");
    protocol::Exported made;
    made.user = body.text("user");
    made.format = body.text("format");
    made.from = from_wire(body.number("from_ms"));
    made.to = from_wire(body.number("to_ms"));
    made.leaves = body.number("leaves");
    auto const hash = body.text("sha256");
    FANLIGHT_TRY(body.finish());
    FANLIGHT_TRY(auto const bytes, crypto::from_hex(hash));
    FANLIGHT_TRY(made.file, crypto::Sha256::parse(bytes, "export: SHA-256 of the file"));
    return made;
}

Result<protocol::GlassBroken> parse_glass_broken(std::string_view text) {
    Body body(text, "break-glass");
    protocol::GlassBroken broken;
    broken.user = body.text("user");
    broken.approver = body.text("approver");
    broken.reason = body.text("reason");
    auto const hours = body.number("hours");
    FANLIGHT_TRY(body.finish());
    if (hours == 0 || hours > 24) return fail(Errc::malformed, "break-glass: hours", "It lasts 1 to 24 hours.");
    broken.lasts = std::chrono::hours(static_cast<int>(hours));
    return broken;
}

Result<ReconcileOrder> parse_reconcile_order(std::string_view text) {
    Body body(text, "reconciliation");
    auto const peer = body.text("peer");
    auto const since = from_wire(body.number("since_ms"));
    FANLIGHT_TRY(body.finish());
    FANLIGHT_TRY(auto party, PartyId::parse(peer));
    return ReconcileOrder{std::move(party), since};
}

Result<ErasureRequest> parse_erasure_request(std::string_view text) {
    Body body(text, "erasure");
    ErasureRequest request;
    request.record = body.text("record");
    request.case_id = body.text("case");
    request.person = body.text("person");
    request.subject = body.text("subject");
    request.user = body.text("user");
    request.decision = body.text("decision");
    request.dry_run = body.flag("dry_run");
    FANLIGHT_TRY(body.finish());
    int ways = 0;
    for (auto const* way : {&request.record, &request.case_id, &request.subject}) ways += way->empty() ? 0 : 1;
    if (ways != 1 || request.case_id.empty() != request.person.empty())
        return fail(Errc::malformed, "erasure",
                    "Name one person: by --record, by --case with --person, or by --subject.");
    return request;
}

} // namespace fanlight::node
