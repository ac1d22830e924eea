#include "tests/system/storm/oracles.hpp"

#include "crypto/checkpoint.hpp"
#include "protocol/engine/log_policy.hpp"
#include "tests/system/storm/agreement_oracle.hpp"

#include <algorithm>
#include <set>

namespace fanlight::simulation {

using crypto::FieldTag;
using crypto::LeafClass;
using protocol::MessageType;
using protocol::Space;

namespace {

std::size_t durable_leaves(Member const& member) {
    return member.disk.log().size() + member.disk.pending().size();
}

crypto::Entry const& durable_leaf(Member const& member, std::size_t position) {
    auto const& log = member.disk.log();
    return position < log.size() ? log[position] : member.disk.pending().at(position - log.size());
}

/// Goes through every leaf of a node once, when it is durable.
class LeafReader {
  public:
    template <class Each> void read(Member const& member, Each const& each) {
        auto& next = next_[member.party];
        auto const end = durable_leaves(member);
        if (next > end) next = 0; // the disk is an older one
        for (; next < end; ++next) each(next, durable_leaf(member, next));
    }

  private:
    std::map<PartyId, std::size_t> next_;
};

/// Evaluations, queries, answers, summaries, refusals: the first eight types.
bool discloses(MessageType type) {
    return type <= MessageType::evaluate_refusal;
}

/// Promise 4: no byte leaves before its leaf is durable; a summary leaves only under a head that two other
/// organisations have cosigned.
class Logged final : public Oracle {
  public:
    char const* name() const override { return "logged"; }
    void on_message(Federation const& federation, Sent const& sent) override {
        auto const type = sent.envelope.type;
        if (!discloses(type)) return;
        auto& known = known_[sent.from.party];
        reader_.read(sent.from, [&](std::size_t position, crypto::Entry const& entry) {
            for (auto const& hash : values_of(entry, FieldTag::message_hash)) known[hash] = position;
        });
        // A refusal says nothing itself: its leaf has the hash of what is refused.
        bool const refuses = type == MessageType::refusal || type == MessageType::evaluate_refusal;
        auto const& hash = refuses ? sent.envelope.answers : sent.payload_hash;
        auto const leaf = known.find(to_bytes(hash.view()));
        if (leaf == known.end())
            throw Broken(name(), std::string(protocol::name(type)) + " left " + sent.from.party.text() +
                                     " without a durable leaf");
        if (type == MessageType::summary) check_cosigned(federation, sent.from, leaf->second);
    }

  private:
    void check_cosigned(Federation const& federation, Member const& from, std::size_t position) {
        auto const& keeper = from.node->log_keeper();
        if (keeper.glass_until() && *keeper.glass_until() > federation.now_at(from)) return;
        auto const& head = keeper.cosigned();
        if (!head || head->end.position <= position)
            throw Broken(name(), "a summary left " + from.party.text() + " before its leaf was cosigned");
        auto const policy = protocol::log_policy(*from.self, from.party, log_shard);
        auto const checked = policy ? policy.value().check(head->note) : fail(Errc::missing, "policy");
        std::set<std::string> organisations;
        if (checked)
            for (auto const& cosigned : checked.value().cosigned) {
                auto const* entry = federation.agreement().find(party(cosigned.first));
                auto const* own = federation.agreement().find(from.party);
                if (entry != nullptr && own != nullptr && entry->organisation != own->organisation)
                    organisations.insert(entry->organisation);
            }
        if (organisations.size() < 2)
            throw Broken(name(), "a summary left " + from.party.text() + " under a head that " +
                                     std::to_string(organisations.size()) + " other organisations cosigned");
    }

    LeafReader reader_;
    std::map<PartyId, std::map<Bytes, std::size_t>> known_; ///< hash of a message -> place of its leaf
};

/// Promise 1: what an agency holds on somebody whom nobody asks about is nowhere else.
class Canaries final : public Oracle {
  public:
    char const* name() const override { return "canaries"; }
    void on_frame(Federation const&, Member const& from, protocol::Transmission const& sent) override {
        look_in(sent.frame, "a frame of " + from.party.text());
    }
    void on_message(Federation const&, Sent const& sent) override {
        look_in(sent.envelope.payload,
                std::string(protocol::name(sent.envelope.type)) + " of " + sent.from.party.text());
    }
    void at_end(Federation const& federation) override {
        for (auto const& member : federation.members()) {
            for (auto const& [key, value] : member->disk.state())
                look_in(value, member->party.text() + "'s space " + std::to_string(int(key.first)));
            for (std::size_t i = 0; i < durable_leaves(*member); ++i)
                for (auto const& field : durable_leaf(*member, i).fields)
                    look_in(field.value, member->party.text() + "'s log");
        }
    }

  private:
    void look_in(ByteView bytes, std::string const& where) const {
        if (std::search(bytes.begin(), bytes.end(), marked_word.begin(), marked_word.end()) != bytes.end())
            throw Broken(name(), "a marked record is in " + where);
    }
};

/// Promise 5: the grid shows a colour only where that agency gave that colour of that person.
class Colours final : public Oracle {
  public:
    Colours(Scene const& scene, Shape const& shape) : scene_(scene), shape_(shape) {}
    char const* name() const override { return "colours"; }
    void after_step(Federation const& federation, Member const& member) override {
        if (!federation.is_hub(member)) return;
        for (auto const& taken : scene_.taken) {
            auto const* item = member.node->coordinator()->find(taken.id);
            if (item == nullptr || seen_[taken.id] == item->revision) continue;
            seen_[taken.id] = item->revision;
            check(federation.grid(taken.id), taken.family);
        }
    }
    void at_end(Federation const& federation) override {
        for (auto const& taken : scene_.taken) check(federation.grid(taken.id), taken.family);
    }

  private:
    void check(Grid const& grid, std::string const& family) const {
        static std::set<std::string> const colours = {"RED", "AMBER", "GREEN", "BLUE"};
        auto const& truth = undisturbed(family, shape_);
        for (auto const& [cell, shown] : grid) {
            if (cell == "result" || !colours.contains(shown)) continue;
            auto const given = truth.find(cell);
            if (given == truth.end() || given->second != shown)
                throw Broken(name(), family + ": " + cell + " shows " + shown + ", and was " +
                                         (given == truth.end() ? "never asked" : given->second));
        }
    }
    Scene const& scene_;
    Shape const& shape_;
    std::map<CaseId, std::uint64_t> seen_;
};

/// Logs only grow, and are what their witnesses have cosigned.
class AppendOnly final : public Oracle {
  public:
    explicit AppendOnly(Scene const& scene) : scene_(scene) {}
    char const* name() const override { return "append-only"; }
    void after_step(Federation const&, Member const& member) override {
        auto& seen = seen_[member.party];
        auto const& log = member.disk.log();
        if (log.size() < seen.size()) {
            if (!scene_.lost_something.contains(member.party))
                throw Broken(name(), member.party.text() + "'s log was longer before");
            if (member.node && member.node->restorer() == nullptr) seen.resize(log.size());
            return;
        }
        // What is there already is looked at again at the end of each life.
        for (auto i = seen.size(); i < log.size(); ++i) seen.push_back(log[i].leaf.commitment);
        if (std::exchange(lives_[member.party], member.lives) != member.lives) compare(member);
    }
    void at_end(Federation const& federation) override {
        for (auto const& owner : federation.members()) {
            compare(*owner);
            auto const& origin = owner->log->origin();
            for (auto const& witness : federation.members()) {
                if (witness->node->witness().forks().contains(origin))
                    throw Broken(name(), owner->party.text() + " showed " + witness->party.text() + " two histories");
                auto const known = witness->node->witness().known().find(origin);
                if (known == witness->node->witness().known().end()) continue;
                auto const& head = known->second.head;
                if (head.size > owner->disk.log().size() || owner->log->root_at(head.size) != head.root)
                    throw Broken(name(), witness->party.text() + " has cosigned what is not in the log of " +
                                             owner->party.text());
            }
        }
    }

  private:
    void compare(Member const& member) const {
        auto const& seen = seen_.at(member.party);
        auto const& log = member.disk.log();
        if (scene_.lost_something.contains(member.party)) return; // the witnesses are compared with at the end
        for (std::size_t i = 0; i < seen.size(); ++i)
            if (log.size() <= i || log[i].leaf.commitment != seen[i])
                throw Broken(name(), "leaf " + std::to_string(i) + " of " + member.party.text() + " changed");
    }
    Scene const& scene_;
    std::map<PartyId, std::vector<decltype(crypto::Leaf::commitment)>> seen_;
    std::map<PartyId, std::uint64_t> lives_;
};

/// Promise 6: what was acknowledged is still there, and both ends say the same of every exchange.
class Kept final : public Oracle {
  public:
    explicit Kept(Scene const& scene) : scene_(scene) {}
    char const* name() const override { return "kept"; }
    void after_step(Federation const& federation, Member const& member) override {
        if (!federation.is_hub(member) || std::exchange(lives_, member.lives) == member.lives) return;
        check_taken(member);
    }
    void at_end(Federation const& federation) override {
        check_taken(federation.at("coordinator"));
        std::map<LeafClass, std::set<crypto::ExchangeTag>> tags;
        for (auto const& member : federation.members())
            for (std::size_t i = 0; i < durable_leaves(*member); ++i) {
                auto const& leaf = durable_leaf(*member, i).leaf;
                tags[leaf.kind].insert(leaf.exchange);
            }
        for (auto const& member : federation.members()) {
            if (excused(member->party)) continue;
            for (std::size_t i = 0; i < durable_leaves(*member); ++i)
                check_other_end(*member, durable_leaf(*member, i), tags);
        }
    }

  private:
    bool excused(PartyId const& party) const {
        return scene_.lost_something.contains(party) || scene_.lied.contains(party);
    }
    void check_taken(Member const& hub) const {
        for (auto const& taken : scene_.taken)
            if (hub.node->coordinator()->find(taken.id) == nullptr)
                throw Broken(name(), "the coordinator has lost the case of " + taken.family);
    }
    void check_other_end(Member const& member, crypto::Entry const& entry,
                         std::map<LeafClass, std::set<crypto::ExchangeTag>> const& tags) const {
        auto const has = [&](LeafClass kind) {
            auto const found = tags.find(kind);
            return found != tags.end() && found->second.contains(entry.leaf.exchange);
        };
        auto const peer = text_of(entry, FieldTag::peer);
        if (peer.empty() || excused(party(peer))) return;
        auto const& kind = entry.leaf.kind;
        bool fine = true;
        if (kind == LeafClass::query_sent) fine = has(LeafClass::query_received) || has(LeafClass::refusal);
        if (kind == LeafClass::query_received) fine = has(LeafClass::query_sent);
        if (kind == LeafClass::disclosure_sent) fine = has(LeafClass::disclosure_received);
        if (kind == LeafClass::disclosure_received) fine = has(LeafClass::disclosure_sent) || has(LeafClass::refusal);
        if (!fine)
            throw Broken(name(), std::string(crypto::name(kind)) + " of " + member.party.text() + " about " + peer +
                                     " has no other end");
    }
    Scene const& scene_;
    std::uint64_t lives_ = 0;
};

class Once final : public Oracle {
  public:
    explicit Once(Scene const& scene) : scene_(scene) {}
    char const* name() const override { return "once"; }
    void at_end(Federation const& federation) override { demand_once(federation, scene_.lost_something); }

  private:
    Scene const& scene_;
};

/// Leaves of a class that stands for one deed of one exchange.
bool stands_for_one(crypto::Entry const& entry) {
    auto const kind = entry.leaf.kind;
    return kind != LeafClass::context_opened && kind != LeafClass::decision &&
           entry.leaf.exchange != crypto::ExchangeTag{};
}

bool is_of_a_query(crypto::Entry const& entry) {
    return entry.leaf.kind == LeafClass::query_received && !values_of(entry, FieldTag::slot_commitments).empty();
}

/// Evaluations that were served to the coordinator and charged: whoever asked again after a crash was served again, and
/// charged once.
std::uint64_t charged_to_coordinator(crypto::Entry const& entry) {
    if (entry.leaf.kind != LeafClass::evaluation_served || text_of(entry, FieldTag::peer) != "coordinator") return 0;
    for (auto const& text : values_of(entry, FieldTag::text))
        if (as_text(text) == "asked again: not charged") return 0;
    return number_from(values_of(entry, FieldTag::count).at(0));
}

} // namespace

void demand_once(Federation const& federation, std::set<PartyId> const& but) {
    for (auto const& member : federation.members()) {
        if (but.contains(member->party)) continue;
        auto const& name = member->party.text();
        std::set<std::pair<LeafClass, crypto::ExchangeTag>> seen;
        std::uint64_t queries = 0;
        std::uint64_t served = 0;
        for (std::size_t i = 0; i < durable_leaves(*member); ++i) {
            auto const& entry = durable_leaf(*member, i);
            if (stands_for_one(entry) && !seen.insert({entry.leaf.kind, entry.leaf.exchange}).second)
                throw Broken("once", name + " has two leaves of one exchange: " + crypto::name(entry.leaf.kind));
            queries += is_of_a_query(entry) ? 1U : 0U;
            served += charged_to_coordinator(entry);
        }
        std::uint64_t slots = 0;
        for (auto const& [key, value] : member->disk.state())
            if (key.first == Space::budget && key.second.at(0) == 'r') slots += number_from(value);
        if (slots != queries * limits::slots)
            throw Broken("once", name + " charged " + std::to_string(slots) + " slots for " + std::to_string(queries) +
                                     " queries");
        std::uint64_t charged = 0;
        for (auto const& budget : member->node->key_holder().budgets(federation.now_at(*member)))
            if (budget.purpose == protocol::EvaluatePurpose::query) charged += budget.charged;
        if (charged != served)
            throw Broken("once", name + " charged " + std::to_string(charged) + " evaluations and served " +
                                     std::to_string(served));
    }
}

std::vector<std::unique_ptr<Oracle>> all_oracles(Scene const& scene, Shape const& shape) {
    std::vector<std::unique_ptr<Oracle>> all;
    all.push_back(std::make_unique<Logged>());
    all.push_back(std::make_unique<AgreementOracle>());
    all.push_back(std::make_unique<Canaries>());
    all.push_back(std::make_unique<Colours>(scene, shape));
    all.push_back(std::make_unique<AppendOnly>(scene));
    all.push_back(std::make_unique<Kept>(scene));
    all.push_back(std::make_unique<Once>(scene));
    return all;
}

} // namespace fanlight::simulation
