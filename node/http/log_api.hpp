#pragma once
// The part of the local interface that is about the node's own log: GET and POST /v1/log/... but for the check of all
// of it. Reading goes on a worker thread with a view of its own; what becomes a leaf is posted to the core.

#include "node/daemon/core.hpp"
#include "node/http/log_actions.hpp"
#include "node/http/log_view.hpp"
#include "node/http/server.hpp"

namespace fanlight::node {

class LogApi {
  public:
    using Work = std::function<void()>;
    /// Runs work on a thread of its own; what is under way has ended before the LogApi goes.
    using OnWorker = std::function<void(Work)>;
    LogApi(Core& core, OnWorker on_worker) : core_(core), on_worker_(std::move(on_worker)) {}
    LogApi(LogApi const&) = delete;
    LogApi& operator=(LogApi const&) = delete;

    /// An HttpHandler.
    void handle(HttpRequest request, HttpRespond respond);

  private:
    void get(std::string_view path, std::string_view query, HttpRespond respond);
    void list(std::string_view query, HttpRespond respond);
    void events(std::string_view query, HttpRespond respond);
    void leaf(std::string_view query, HttpRespond respond);
    void sample(std::string_view query, HttpRespond respond);
    void proof(std::string_view query, HttpRespond respond);
    void head(std::string_view query, HttpRespond respond);
    void policy(HttpRespond respond);
    void receipts(std::string_view query, HttpRespond respond);
    void reconciliations(HttpRespond respond);
    void post(std::string_view path, std::string const& body, HttpRespond respond);
    void reconcile(std::string const& body, HttpRespond respond);
    void record_hashes(std::string const& body, HttpRespond respond);
    void erase(std::string const& body, HttpRespond respond);
    void erase_subject(std::shared_ptr<ErasureRequest const> request, crypto::Pseudonym const& subject,
                       HttpRespond respond);

    /// On a worker: what of the log is asked for; answers with it, or with the error.
    using Read = std::function<Result<boost::json::object>(LogReading&)>;
    void read(Read work, HttpRespond respond);
    /// Steps the node; answers with `said`, or with the refusal.
    void step(protocol::Event event, boost::json::object said, HttpRespond respond);

    Core& core_;
    OnWorker on_worker_;
};

} // namespace fanlight::node
