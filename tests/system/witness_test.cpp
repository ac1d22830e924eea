// Logs witnessed by other organisations, in a whole federation: what waits for cosignatures, what happens without them,
// receipts, forks, and old copies. Real engines on a simulated clock and network.

#include "asking.hpp"
#include "protocol/engine/receipts.hpp"

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::MessageType;

namespace {

crypto::CheckedHead checked(Federation const& federation, std::string const& owner, std::string const& head) {
    auto const policy = protocol::log_policy(*federation.at("coordinator").self, party(owner), log_shard);
    REQUIRE(policy);
    auto const found = policy.value().check(head);
    REQUIRE(found);
    return found.value();
}

std::set<std::string> organisations(Federation const& federation, crypto::CheckedHead const& head) {
    std::set<std::string> found;
    for (auto const& [witness, time] : head.cosigned) {
        auto const* entry = federation.agreement().find(party(witness));
        REQUIRE(entry != nullptr);
        found.insert(entry->organisation);
    }
    return found;
}

std::vector<std::string> others(Federation const& federation, std::set<std::string> const& but) {
    std::vector<std::string> names;
    for (auto const& member : federation.members())
        if (!but.contains(member->party.text())) names.push_back(member->party.text());
    return names;
}

struct Summary {
    std::string from;
    Instant at;
    std::uint64_t cosigned = 0; ///< leaves under a cosigned head when it left
    crypto::Sha256 hash;
};

} // namespace

TEST_CASE("witness: a summary leaves only under a head that two other organisations have cosigned", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    std::vector<Summary> left;
    federation.on_transmission = [&](Member const& from, protocol::Transmission const& sent) {
        auto const frame = protocol::decode_frame(sent.frame).value();
        if (frame.sender != from.party) return;
        auto const envelope = federation.open(frame);
        if (!envelope || envelope->type != MessageType::summary) return;
        auto const& cosigned = from.node->log_keeper().cosigned();
        REQUIRE(cosigned);
        CHECK(organisations(federation, checked(federation, from.party.text(), cosigned->note)).size() >= 2);
        left.push_back(
            {from.party.text(), federation.now(), cosigned->end.position, crypto::sha256({envelope->payload})});
    };
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    REQUIRE_FALSE(left.empty());
    for (auto const& one : left) {
        CAPTURE(one.from);
        auto const& log = federation.at(one.from).disk.log();
        auto const leaf = std::find_if(log.begin(), log.end(), [&](crypto::Entry const& entry) {
            auto const hashes = values_of(entry, FieldTag::message_hash);
            bool const out = entry.leaf.kind == LeafClass::disclosure_sent || entry.leaf.kind == LeafClass::refusal;
            return out && !hashes.empty() && hashes[0] == to_bytes(one.hash.view());
        });
        REQUIRE(leaf != log.end());
        CHECK(static_cast<std::uint64_t>(leaf - log.begin()) < one.cosigned);
    }
}

TEST_CASE("witness: without witnesses stage 2 waits, after 300 seconds stage 1 stops, and break-glass opens it",
          "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    // Housing hears the coordinator, and nobody else hears housing: the coordinator's organisation is one, not two.
    auto deaf = [&](bool up) {
        for (auto const& name : others(federation, {"coordinator", "housing"})) federation.set_link(name, up);
    };
    federation.run_for(2min);
    deaf(false);
    REQUIRE(federation.ask("housing", protocol::MatchesViewed{})); // so that both logs grow
    ask(federation, "samantha");
    federation.run_for(200s);
    CHECK_FALSE(federation.at("housing").node->log_keeper().silent(federation.now()));
    federation.run_for(protocol::unwitnessed_max);
    CHECK(federation.at("housing").node->log_keeper().silent(federation.now()) == policy::Reason::unwitnessed);
    // The coordinator is in the same place, and asks nobody.
    auto const refused = federation.submit(practice_family("samantha", federation.agreement()));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::refused);

    SECTION("break-glass needs two people, a reason, and ends") {
        protocol::GlassBroken glass{"A. Officer", "A. Officer", "a child is in danger now", 1h};
        CHECK(federation.ask("coordinator", glass).error().code == Errc::refused);
        glass.approver = "";
        CHECK(federation.ask("coordinator", glass).error().code == Errc::malformed);
        glass.approver = "B. Officer";
        glass.lasts = protocol::glass_open_max + 1ms;
        CHECK(federation.ask("coordinator", glass).error().code == Errc::refused);
        glass.lasts = 1h;
        REQUIRE(federation.ask("coordinator", glass));
        federation.run_for(1s);
        auto const broken = leaves(federation.at("coordinator"), LeafClass::break_glass);
        REQUIRE(broken.size() == 1);
        CHECK(text_of(broken[0], FieldTag::user) == "A. Officer");
        CHECK(text_of(broken[0], FieldTag::approver) == "B. Officer");
        CHECK_FALSE(federation.at("coordinator").node->log_keeper().silent(federation.now()));
        federation.crash("coordinator");
        federation.start("coordinator");
        CHECK_FALSE(federation.at("coordinator").node->log_keeper().silent(federation.now()));
        federation.run_for(1h);
        CHECK(federation.at("coordinator").node->log_keeper().silent(federation.now()) == policy::Reason::unwitnessed);
    }
    SECTION("with the witnesses everything goes on") {
        deaf(true);
        federation.run_for(90s);
        CHECK_FALSE(federation.at("housing").node->log_keeper().silent(federation.now()));
        auto const id = ask(federation, "samantha");
        REQUIRE(federation.run_until_settled(id));
        CHECK(federation.grid(id).at("Samantha, housing") == "GREEN");
    }
}

TEST_CASE("witness: every disclosure has a receipt at its recipient, that anybody can check", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(3s);
    auto const id = ask(federation, "marie");
    REQUIRE(federation.run_until_settled(id));
    federation.run_for(2min);
    auto const& hub = federation.at("coordinator");
    std::size_t checked_receipts = 0;
    auto const look = [&](Member const& from, Member const& to, LeafClass kind) {
        for (auto const& sent : leaves(from, kind)) {
            if (text_of(sent, FieldTag::peer) != to.party.text()) continue;
            if (values_of(sent, FieldTag::stage).empty()) continue; // under an earlier life
            CAPTURE(from.party.text(), to.party.text(), crypto::name(kind));
            auto const found =
                std::find_if(to.disk.receipts().begin(), to.disk.receipts().end(),
                             [&](auto const& receipt) { return receipt.exchange == sent.leaf.exchange; });
            REQUIRE(found != to.disk.receipts().end());
            CHECK(found->sender == from.party);
            auto const receipt = protocol::parse_receipt(as_text(found->file));
            REQUIRE(receipt);
            CHECK(receipt.value().leaf.bytes() == sent.leaf.bytes());
            auto const policy = protocol::log_policy(*to.self, from.party, log_shard).value();
            CHECK(protocol::verify_receipt(receipt.value(), policy));
            // It shows the message's hash and no more.
            for (auto const& field : receipt.value().opening) {
                bool const may = field.tag == FieldTag::message_hash || field.tag == FieldTag::exchange;
                CHECK(field.shown.has_value() == may);
            }
            ++checked_receipts;
        }
    };
    for (auto const& member : federation.members()) {
        if (member->party == hub.party) continue;
        look(*member, hub, LeafClass::disclosure_sent);
        look(hub, *member, LeafClass::query_sent);
    }
    CHECK(checked_receipts > 20);
}

TEST_CASE("witness: whoever cosigned a head has a copy of all its leaves, which its owner alone can open", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(2min);
    for (auto const& owner : federation.members()) {
        CAPTURE(owner->party.text());
        auto const& cosigned = owner->node->log_keeper().cosigned();
        REQUIRE(cosigned);
        std::size_t complete = 0;
        for (auto const& keeper : federation.members()) {
            std::uint64_t have = 0;
            for (;;) {
                auto const found = keeper->log->copies(owner->log->origin(), have, protocol::copies_bytes_max).value();
                if (found.empty()) break;
                auto const* copy = &found.front();
                auto const opened = protocol::open_at_rest(*owner->self, copy->sealed);
                REQUIRE(opened);
                for (std::uint64_t i = 0; i < copy->count; ++i) {
                    auto const bytes =
                        opened.value().reveal().subspan(i * crypto::Leaf::size_bytes, crypto::Leaf::size_bytes);
                    CHECK(to_bytes(bytes) == to_bytes(owner->disk.log().at(have + i).leaf.bytes()));
                }
                if (keeper->party != owner->party) CHECK_FALSE(protocol::open_at_rest(*keeper->self, copy->sealed));
                have += copy->count;
            }
            if (have >= cosigned->end.position) ++complete;
        }
        CHECK(complete >= 2);
    }
}

TEST_CASE("witness: an old copy that is started again finds out and stops before anything leaves", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(2min);
    auto const old = federation.at("housing").disk;
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(id));
    federation.run_for(2min);
    federation.crash("housing");
    federation.at("housing").disk = old;
    std::size_t disclosed = 0;
    federation.on_transmission = [&](Member const& from, protocol::Transmission const& sent) {
        if (from.party.text() != "housing") return;
        auto const envelope = federation.open(protocol::decode_frame(sent.frame).value());
        if (envelope && (envelope->type == MessageType::answer || envelope->type == MessageType::summary)) ++disclosed;
    };
    federation.start("housing");
    auto const again = ask(federation, "rhiannon");
    federation.run_for(20s);
    auto const& keeper = federation.at("housing").node->log_keeper();
    REQUIRE(keeper.behind());
    CHECK(keeper.silent(federation.now()) == policy::Reason::unwitnessed);
    CHECK(disclosed == 0);
    CHECK(federation.grid(again).at("Rhiannon, housing") == "waiting");
}

TEST_CASE("witness: a log with two histories is not cosigned twice, and the proof of it is kept", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(2min);
    auto const old = federation.at("housing").disk;
    federation.run_for(1min);
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(id));
    federation.run_for(2min);
    // The same log goes on from an earlier moment in another way, and grows beyond what was witnessed.
    federation.crash("housing");
    federation.at("housing").disk = old;
    protocol::Effects other;
    for (int i = 0; i < 200; ++i)
        other.leaves.push_back(crypto::make_entry(LeafClass::admin, federation.agreement().id, {}, {}));
    federation.at("housing").disk.commit(other);
    federation.start("housing");
    federation.run_for(20s);
    auto const& keeper = federation.at("housing").node->log_keeper();
    REQUIRE(keeper.behind());
    CHECK(keeper.contradicted_by().size() >= 2);

    // A second head of the size that a witness knows, under the log's own signature: proof for ever.
    auto const witness = protocol::witnesses_of(*federation.at("housing").self, party("housing")).front().text();
    auto const& origin = federation.at("housing").log->origin();
    auto const known = federation.at(witness).node->witness().known().at(origin).head;
    crypto::Checkpoint const second{origin, known.size, crypto::sha256({as_bytes("another history")})};
    crypto::AddCheckpoint const request{
        known.size, {}, crypto::sign_checkpoint(second, federation.at("housing").log_key)};
    protocol::Envelope envelope{MessageType::log_head,
                                ExchangeId{},
                                federation.agreement().id,
                                federation.now(),
                                {},
                                encode(protocol::LogHead{crypto::format_add_checkpoint(request), {}}),
                                {}};
    federation.inject("coordinator", witness, federation.message("housing", witness, envelope));
    for (int life = 0; life < 2; ++life) {
        CAPTURE(life);
        auto const& forks = federation.at(witness).node->witness().forks();
        REQUIRE(forks.contains(origin));
        CHECK(crypto::open_checkpoint(forks.at(origin), {origin, federation.at("housing").log_key.verify_key()})
                  .value() == second);
        CHECK(federation.at(witness).node->witness().known().at(origin).head.root == known.root);
        auto const reasons = refusals(federation.at(witness));
        CHECK(std::count(reasons.begin(), reasons.end(),
                         "this party's log shows two histories; its new head is not cosigned") == 1);
        if (life == 1) break;
        federation.crash(witness);
        federation.start(witness);
    }
}

TEST_CASE("witness: one that lies stops nobody", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(2min);
    auto& housing = federation.at("housing");
    auto const witness = protocol::witnesses_of(*housing.self, housing.party).front().text();
    // It says that it has seen far more of the log than there is.
    federation.crash(witness);
    auto const asked = [&] {
        auto const& state = housing.node->log_keeper().witnesses().at(party(witness));
        return state.asked_at.has_value();
    };
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until(asked, 3min));
    protocol::LogCosignature const lie{crypto::WitnessStatus::conflict, "999999\n", housing.log->origin(), 1};
    protocol::Envelope envelope{
        MessageType::log_cosignature, ExchangeId{}, federation.agreement().id, federation.now(), {}, encode(lie), {}};
    federation.inject("coordinator", "housing", federation.message(witness, "housing", envelope));
    federation.run_for(2min);
    CHECK(housing.node->log_keeper().contradicted_by().size() <= 1);
    CHECK_FALSE(housing.node->log_keeper().behind());
    CHECK_FALSE(housing.node->log_keeper().silent(federation.now()));
    CHECK(federation.grid(id).at("Samantha, housing") == "GREEN");
}

TEST_CASE("witness: what a sensitive service shows of its log grows by whole pieces of 64", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(1min);
    auto const id = ask(federation, "rhiannon");
    REQUIRE(federation.run_until_settled(id));
    federation.run_for(20min);
    std::size_t seen = 0;
    for (auto const& entry : federation.agreement().parties) {
        if (!entry.sensitive) continue;
        for (auto const& member : federation.members()) {
            auto const& known = member->node->witness().known();
            auto const head = known.find(federation.at(entry.id.text()).log->origin());
            if (head == known.end()) continue;
            ++seen;
            CAPTURE(entry.id.text(), head->second.head.size);
            CHECK(head->second.head.size % protocol::padding == 0);
            CHECK(head->second.head.size > 0);
        }
    }
    CHECK(seen >= 4);
}

TEST_CASE("reconcile: both ends of every exchange are there, and what has one end only is named", "[system]") {
    Federation federation(Records::practice);
    federation.run_for(1min);
    auto const began = federation.now();
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(id));
    federation.run_for(5min);
    REQUIRE(federation.ask("coordinator", protocol::ReconcileStarted{party("housing"), began}));
    federation.run_for(5s);
    auto const& done = federation.at("coordinator").node->reconciler().results().at(party("housing"));
    REQUIRE(done.state == protocol::Reconciliation::State::done);
    CHECK(done.matched > 0);
    CHECK(done.matched + done.under_way >= done.ours);
    CHECK(done.unmatched.empty());
    // Reading of it tells housing nothing but that it was asked.
    CHECK(protocol::has_two_ends(LeafClass::disclosure_sent));
    CHECK_FALSE(protocol::has_two_ends(LeafClass::decision));
    CHECK_FALSE(protocol::has_two_ends(LeafClass::context_opened));

    // An exchange that the coordinator says it had, and housing knows nothing of.
    protocol::Effects effects;
    crypto::ExchangeTag tag;
    {
        crypto::SeededRandom random(7);
        tag = random.make<crypto::ExchangeTag>();
        protocol::LeafDraft draft(*federation.at("coordinator").self, federation.now());
        draft.add(FieldTag::peer, "housing");
        std::move(draft).write(LeafClass::query_sent, tag, effects);
    }
    federation.at("coordinator").disk.commit(effects);
    auto const unmatched = [&](std::string const& at, std::string const& with) {
        REQUIRE(federation.ask(at, protocol::ReconcileStarted{party(with), began}));
        federation.run_for(5s);
        auto const& result = federation.at(at).node->reconciler().results().at(party(with));
        REQUIRE(result.state == protocol::Reconciliation::State::done);
        return result.unmatched;
    };
    CHECK(unmatched("coordinator", "housing").empty()); // it may still arrive
    federation.run_for(3min);
    auto const ours = unmatched("coordinator", "housing");
    REQUIRE(ours.size() == 1);
    CHECK(ours[0].ours);
    CHECK(ours[0].end.tag == tag);
    auto const theirs = unmatched("housing", "coordinator");
    REQUIRE(theirs.size() == 1);
    CHECK_FALSE(theirs[0].ours);
    CHECK(theirs[0].end.tag == tag);
    CHECK(federation.ask("housing", protocol::ReconcileStarted{party("housing"), began}).error().code == Errc::refused);
}
