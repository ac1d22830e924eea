#include "node/http/log_export.hpp"

#include "crypto/text.hpp"

#include <boost/json.hpp>

namespace fanlight::node {

namespace json = boost::json;

namespace {

json::array strings(std::vector<std::string> const& texts) {
    return json::array(texts.begin(), texts.end());
}

std::string agreement_of(LogEvent const& event) {
    if (!event.opening) return {};
    auto const id = crypto::first_of(*event.opening, crypto::FieldTag::agreement_id);
    return id ? crypto::to_hex(*id) : std::string();
}

} // namespace

json::object row_json(LogEvent const& event) {
    json::array exceptions;
    for (auto const kind : exceptions_of(event)) exceptions.emplace_back(name(kind));
    json::object row{{"place", place_text(event.place)},
                     {"class", token(event.leaf.kind)},
                     {"words", crypto::name(event.leaf.kind)},
                     {"peers", strings(peers_of(event))},
                     {"clauses", strings(clauses_of(event))},
                     {"subjects", strings(subjects_of(event))},
                     {"what", summary_of(event)},
                     {"exceptions", std::move(exceptions)}};
    if (event.time) row["time"] = to_text(*event.time);
    return row;
}

json::object event_json(LogEvent const& event) {
    auto out = row_json(event);
    out["leaf"] = crypto::to_hex(event.leaf.bytes());
    out["exchange"] = crypto::to_hex(event.leaf.exchange.view());
    out["agreement"] = agreement_of(event);
    if (!event.opening) return out;
    out["opening"] = crypto::to_hex(crypto::encode_shown(*event.opening));
    json::array fields;
    for (auto const& field : *event.opening) {
        json::object one{{"tag", token(field.tag)}, {"words", in_words(field)}, {"erased", !field.shown}};
        if (field.about) one["about"] = crypto::to_hex(field.about->view());
        fields.push_back(std::move(one));
    }
    out["fields"] = std::move(fields);
    return out;
}

Result<json::object> export_page_json(EventReader& reader, EventFilter const& filter, std::size_t limit) {
    json::array events;
    std::optional<protocol::LeafPlace> next;
    FANLIGHT_TRY(reader.read(filter, [&](LogEvent const& event) {
        if (events.size() >= limit) {
            next = event.place;
            return false;
        }
        events.push_back(event_json(event));
        return true;
    }));
    json::object out{{"events", std::move(events)}};
    if (next) out["next"] = place_text(*next);
    return out;
}

} // namespace fanlight::node
