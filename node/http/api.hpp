#pragma once
// The node's local interface: what `fanlight` and the console may ask of a running node. JSON over HTTP;
// docs/protocol.md, "Local interface". No rule lives here: it translates between HTTP and the core.

#include "node/daemon/core.hpp"
#include "node/http/log_api.hpp"
#include "node/http/server.hpp"

#include <list>

namespace fanlight::node {

class Api {
  public:
    explicit Api(Core& core);
    ~Api(); ///< waits for an import that is being read
    Api(Api const&) = delete;
    Api& operator=(Api const&) = delete;

    /// An HttpHandler: any thread; does not block.
    void handle(HttpRequest request, HttpRespond respond);
    /// On the core thread after each batch: answers those who wait for news of a case.
    void after_batch(Core& core);

  private:
    struct Waiting {
        CaseId id;
        std::uint64_t after;
        Instant until;
        HttpRespond respond;
    };
    void submit(std::string form, HttpRespond respond);
    /// Steps the node with what an administrator asked for and answers with the ceremony as it then is.
    void rotate(std::string const& body, HttpRespond respond);
    void of_register(HttpRequest request, HttpRespond respond);
    void propose(std::string note, HttpRespond respond);
    void rehearse(HttpRequest request, HttpRespond respond);
    void of_log(HttpRequest request, HttpRespond respond);
    void ceremony_event(protocol::Event event, HttpRespond respond);
    void import(HttpRequest request, HttpRespond respond);
    struct Comparing;
    void read_people(HttpRequest const& request, Comparing const& by, HttpRespond respond);
    void verify(HttpRespond respond);
    void show_matches(HttpRespond respond);
    void look_at_case(CaseId const& id, std::uint64_t after, HttpRespond respond);
    bool answer_case(Core& core, Waiting const& waiting) const;

    struct Workers;
    Core& core_;
    std::unique_ptr<Workers> workers_; ///< reads files, so that neither network nor core waits for it
    std::unique_ptr<LogApi> log_;
    std::list<Waiting> waiting_; ///< core thread only
};

} // namespace fanlight::node
