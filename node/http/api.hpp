#pragma once
// The node's local interface: what `fanlight` and the console may ask of a running node. JSON over HTTP; docs/protocol.md,
// "Local interface". No rule lives here: it translates between HTTP and the core.

#include "node/daemon/core.hpp"
#include "node/http/server.hpp"

#include <list>

namespace fanlight::node {

class Api {
  public:
    explicit Api(Core& core) : core_(core) {}

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
    void import(HttpRequest const& request, HttpRespond respond);
    void look_at_case(CaseId const& id, std::uint64_t after, HttpRespond respond);
    bool answer_case(Core& core, Waiting const& waiting) const;

    Core& core_;
    std::list<Waiting> waiting_; ///< core thread only
};

} // namespace fanlight::node
