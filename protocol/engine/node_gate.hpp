#pragma once
// The gate of a whole node: its register and its log's witnesses together.

#include "protocol/engine/log_keeper.hpp"
#include "protocol/engine/registrar.hpp"

namespace fanlight::protocol {

class NodeGate final : public Gate {
  public:
    NodeGate(Registrar& registrar, LogKeeper& keeper) : registrar_(registrar), keeper_(keeper) {}

    std::optional<policy::Reason> silent(Instant now) const override {
        if (auto const reason = registrar_.silent(now)) return reason;
        return keeper_.silent(now);
    }
    bool is_suspended(PartyId const& by, PartyId const& of) const override { return registrar_.is_suspended(by, of); }
    void ask(Instant now, Effects& effects) override { registrar_.ask(now, effects); }
    void hold(Instant now, Letter letter, crypto::ExchangeTag const& tag, Effects& effects) override {
        keeper_.hold(now, std::move(letter), tag, effects);
    }
    void owe_receipt(Instant now, PartyId const& recipient, crypto::ExchangeTag const& tag, crypto::LeafClass kind,
                     Effects& effects) override {
        keeper_.owe_receipt(now, recipient, tag, kind, effects);
    }
    void came_in(Instant now, Duration answers_in) override { keeper_.came_in(now, answers_in); }

  private:
    Registrar& registrar_;
    LogKeeper& keeper_;
};

} // namespace fanlight::protocol
