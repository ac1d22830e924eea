#pragma once
// How the local interface answers: JSON, and errors with the status that fits.

#include "node/http/server.hpp"

#include <boost/json.hpp>

namespace fanlight::node {

HttpResponse reply(unsigned status, boost::json::value const& body);
/// "error" and "code".
boost::json::object error_body(Error const& error);
unsigned status_of(Errc code);
HttpResponse failed(Error const& error);
/// 200 with what there is, or the error.
HttpResponse reply_with(Result<boost::json::object> const& body);

struct Target {
    std::string_view path;
    std::string_view query; ///< without its '?'
};
Target split(std::string_view target);

} // namespace fanlight::node
