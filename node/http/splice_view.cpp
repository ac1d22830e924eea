#include "node/http/splice_view.hpp"

#include "crypto/text.hpp"

#include <boost/json.hpp>

#include <limits>

namespace fanlight::node {

namespace json = boost::json;

Result<RecordQuestion> parse_record_question(std::string_view body) {
    constexpr Error malformed{
        Errc::malformed, "record to hash",
        R"(It is {"record": "...", "slot": 1 to 16, "epoch": number, or none for the open one}.)"};
    auto const wrong = [&] { return fail(malformed.code, malformed.where, malformed.mend); };
    boost::system::error_code problem;
    auto const value = json::parse(body, problem);
    if (problem || !value.is_object()) return wrong();
    auto const& object = value.get_object();
    RecordQuestion question;
    for (auto const& [key, given] : object) {
        if (key == "record" && given.is_string()) {
            question.record = given.get_string();
            continue;
        }
        auto const number = given.is_number() ? given.to_number<std::uint64_t>(problem) : 0;
        if (problem) return wrong();
        if (key == "slot" && number <= limits::slots)
            question.slot = static_cast<std::uint8_t>(number);
        else if (key == "epoch" && number >= 1 && number <= std::numeric_limits<std::uint32_t>::max())
            question.epoch = static_cast<std::uint32_t>(number);
        else
            return wrong();
    }
    if (question.record.empty() || question.slot == 0) return wrong();
    return question;
}

Result<json::object> record_hashes_view(Mode mode, protocol::Records const& records, std::uint32_t epoch,
                                        std::uint8_t slot, protocol::RecordRow row) {
    FANLIGHT_TRY(auto const hashes, protocol::hashes_of(mode, records, epoch, row));
    if (hashes.empty())
        return fail(Errc::missing, "tokens of the record",
                    "It is not enrolled in that epoch, or that epoch is destroyed here: then it cannot be held "
                    "against the slot any more.");
    json::array all;
    for (auto const& hash : hashes) all.emplace_back(crypto::to_hex(hash.view()));
    return json::object{{"slot", slot}, {"epoch", epoch}, {"hashes", std::move(all)}};
}

} // namespace fanlight::node
