#include "node/http/replies.hpp"

namespace fanlight::node {

namespace json = boost::json;

HttpResponse reply(unsigned status, json::value const& body) {
    HttpResponse response;
    response.status = status;
    response.body = json::serialize(body) + "\n";
    return response;
}

unsigned status_of(Errc code) {
    switch (code) {
    case Errc::malformed:
    case Errc::too_large:
    case Errc::refused:
    case Errc::exists:
    case Errc::expired:
    case Errc::replayed:
    case Errc::version_mismatch:
    case Errc::wrong_key: return 400; // a fingerprint that was typed
    case Errc::missing: return 404;
    case Errc::bad_signature:
    case Errc::unreachable:
    case Errc::io:
    case Errc::damaged: return 500;
    }
    return 500;
}

json::object error_body(Error const& error) {
    return {{"error", describe(error)}, {"code", name(error.code)}};
}

HttpResponse failed(Error const& error) {
    return reply(status_of(error.code), error_body(error));
}

HttpResponse reply_with(Result<json::object> const& body) {
    return body ? reply(200, body.assume_value()) : failed(body.assume_error());
}

Target split(std::string_view target) {
    auto const mark = target.find('?');
    if (mark == std::string_view::npos) return {target, {}};
    return {target.substr(0, mark), target.substr(mark + 1)};
}

} // namespace fanlight::node
