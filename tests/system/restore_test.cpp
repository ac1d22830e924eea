// A node that begins again from an older copy, in a whole federation: it gets its log back from the others and never
// shows two histories. Real engines on a simulated clock and network.

#include "asking.hpp"
#include "base/byte_reader.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using namespace fanlight::simulation;
using namespace std::chrono_literals;
using crypto::FieldTag;
using crypto::LeafClass;
using protocol::MessageType;

namespace {

/// Housing has a backup, and a life after it.
struct AfterBackup {
    Federation federation;
    Disk backup;
    std::vector<crypto::Entry> log; ///< of its true life, as far as it was published

    explicit AfterBackup(Federation::Change const& change = {})
        : federation(Federation::Records::practice, 1, change), backup(Mode::practice) {
        federation.run_for(2min);
        backup = housing().disk;
        auto const id = ask(federation, "samantha");
        REQUIRE(federation.run_until_settled(id));
        federation.run_for(2min);
        log = housing().disk.log();
        REQUIRE(log.size() > backup.log().size());
    }
    Member& housing() const { return federation.at("housing"); }
    void put_backup() {
        federation.crash("housing");
        housing().disk = backup;
    }
    protocol::Restorer const& restorer() const {
        REQUIRE(housing().node->restorer());
        return *housing().node->restorer();
    }
    bool restored(Duration limit = 2min) {
        return federation.run_until([&] { return restorer().restored().has_value(); }, limit);
    }
    void finish() {
        federation.finish_restore("housing");
        federation.start("housing");
        federation.run_for(2min);
    }
    /// Parties of other organisations than housing's, by organisation.
    std::map<std::string, std::vector<std::string>> others() const {
        std::map<std::string, std::vector<std::string>> found;
        auto const own = federation.agreement().find(housing().party)->organisation;
        for (auto const& entry : federation.agreement().parties)
            if (entry.organisation != own) found[entry.organisation].push_back(entry.id.text());
        return found;
    }
    /// What was cosigned of the true life begins what housing has now; nobody has proof of two histories.
    void check_no_fork() const {
        auto const& now = housing().disk.log();
        auto const& origin = housing().log->origin();
        std::size_t know_it = 0;
        for (auto const& member : federation.members()) {
            CAPTURE(member->party.text());
            if (!member->node) continue;
            CHECK_FALSE(member->node->witness().forks().contains(origin));
            auto const known = member->node->witness().known().find(origin);
            if (known == member->node->witness().known().end()) continue;
            ++know_it;
            REQUIRE(known->second.head.size <= now.size());
            CHECK(housing().log->root_at(known->second.head.size) == known->second.head.root);
        }
        CHECK(know_it >= 2);
    }
};

bool same_leaf(crypto::Entry const& left, crypto::Entry const& right) {
    return left.leaf.bytes() == right.leaf.bytes();
}

} // namespace

TEST_CASE("restore: a node from an older copy gets its leaves back, forks nothing, and goes on", "[system]") {
    AfterBackup scene;
    auto& federation = scene.federation;
    auto& housing = scene.housing();
    auto const cosigned = housing.node->log_keeper().cosigned()->end.position;
    REQUIRE(cosigned > scene.backup.log().size());
    scene.put_backup();
    bool const noticed = GENERATE(false, true); // first started without --restore
    CAPTURE(noticed);
    if (noticed) {
        federation.start("housing");
        federation.run_for(20s);
        REQUIRE(housing.node->log_keeper().behind());
        federation.crash("housing");
    }
    auto const copy = housing.disk;
    std::set<MessageType> sent;
    federation.on_step = [&](Member const& member, protocol::Effects const& effects) {
        if (member.party.text() != "housing") return;
        CHECK(effects.leaves.empty());
        CHECK(effects.writes.empty());
    };
    federation.on_transmission = [&](Member const& from, protocol::Transmission const& transmission) {
        auto const frame = protocol::decode_frame(transmission.frame).value();
        if (from.party.text() != "housing") return;
        if (auto const envelope = federation.open(frame)) sent.insert(envelope->type);
    };
    federation.start("housing", true);
    CHECK(federation.ask("housing", protocol::MatchesViewed{}).error().code == Errc::refused);
    REQUIRE(scene.restored());
    CHECK(sent.contains(MessageType::copies_request));
    for (auto const type : sent) CHECK((type == MessageType::copies_request || type == MessageType::register_request));
    CHECK(housing.disk.log().size() == copy.log().size());
    CHECK(housing.disk.state() == copy.state());
    federation.on_step = {};
    federation.on_transmission = {};

    auto const restored = *scene.restorer().restored();
    CHECK(restored.head.size >= cosigned);
    CHECK(restored.common + restored.leaves.size() == restored.head.size);
    CHECK(restored.common >= scene.backup.log().size());
    CHECK(restored.elsewhere.empty());
    scene.finish();
    auto const& log = housing.disk.log();
    REQUIRE(log.size() > restored.head.size);
    for (std::uint64_t i = 0; i < restored.head.size; ++i) REQUIRE(same_leaf(log[i], scene.log.at(i)));
    scene.check_no_fork();

    auto const gaps = leaves(housing, LeafClass::gap);
    REQUIRE(gaps.size() == 1);
    CHECK(log[restored.head.size].leaf.bytes() == gaps[0].leaf.bytes());
    CHECK(text_of(gaps[0], FieldTag::text).find("came back from other organisations") != std::string::npos);
    auto const meanwhile = std::count_if(log.begin(), log.end(), [](crypto::Entry const& entry) {
        auto const texts = values_of(entry, FieldTag::text);
        return !texts.empty() && as_text(texts.back()) == "written while the log was an older copy";
    });
    CHECK((meanwhile > 0) == noticed);

    // The witnesses cosign on, and housing answers again.
    CHECK(housing.node->log_keeper().cosigned()->end.position > restored.head.size);
    CHECK_FALSE(housing.node->log_keeper().behind());
    CHECK_FALSE(housing.node->log_keeper().silent(federation.now()));
    auto const id = ask(federation, "rhiannon");
    REQUIRE(federation.run_until_settled(id));
    CHECK(federation.grid(id).at("Rhiannon, housing") != "waiting");
    // Another start changes nothing.
    federation.crash("housing");
    federation.start("housing");
    federation.run_for(2min);
    CHECK(leaves(housing, LeafClass::gap).size() == 1);
    scene.check_no_fork();
}

TEST_CASE("restore: it waits for every organisation but one, and shows for whom", "[system]") {
    AfterBackup scene;
    auto& federation = scene.federation;
    auto const others = scene.others();
    scene.put_backup();
    std::vector<std::string> away;
    for (auto const& [organisation, parties] : others)
        if (away.size() < 2 && std::count(parties.begin(), parties.end(), "coordinator") == 0 && parties.size() == 1)
            away.push_back(parties.front());
    REQUIRE(away.size() == 2);
    for (auto const& name : away) federation.set_link(name, false);
    federation.start("housing", true);
    CHECK_FALSE(scene.restored(10min));
    std::vector<std::string> waited;
    for (auto const& one : scene.restorer().waited_for()) waited.push_back(one.text());
    std::sort(waited.begin(), waited.end());
    std::sort(away.begin(), away.end());
    CHECK(waited == away);
    // With one of them back the other is not needed.
    federation.set_link(away[0], true);
    auto const back = federation.now();
    REQUIRE(scene.restored());
    CHECK(federation.now() - back >= protocol::restore_patience);
    federation.set_link(away[1], true);
    scene.finish();
    scene.check_no_fork();
}

TEST_CASE("restore: a witness without the leaves is passed over; where all have lost them nothing goes on",
          "[system]") {
    AfterBackup scene;
    auto& federation = scene.federation;
    scene.put_backup();
    auto const& origin = scene.housing().log->origin();
    std::string left; // one of those who know the newest head
    std::uint64_t newest = 0;
    for (auto const& member : federation.members()) {
        if (!member->node) continue;
        auto const known = member->node->witness().known().find(origin);
        if (known == member->node->witness().known().end() || known->second.head.size < newest) continue;
        newest = known->second.head.size;
        left = member->party.text();
    }
    auto const keep = federation.at(left).disk.copies();
    for (auto const& member : federation.members()) member->disk.lose_copies();
    federation.start("housing", true);
    federation.run_for(2min);
    CHECK_FALSE(scene.restorer().restored());
    REQUIRE(scene.restorer().lost());
    CHECK(scene.restorer().lost()->head.size == newest);
    CHECK(scene.restorer().lost()->known_by.contains(party(left)));
    CHECK(scene.restorer().lost()->silent.empty());
    // One of them finds them again.
    protocol::Effects found;
    found.copies = keep;
    federation.at(left).disk.commit(found);
    REQUIRE(scene.restored(10min));
    CHECK_FALSE(scene.restorer().lost());
    scene.finish();
    scene.check_no_fork();
}

TEST_CASE("restore: whoever was erased after the backup is erased again", "[system]") {
    Federation federation(Federation::Records::practice);
    federation.run_for(1min);
    auto const id = ask(federation, "samantha");
    REQUIRE(federation.run_until_settled(id));
    federation.run_for(2min);
    auto& housing = federation.at("housing");
    auto const backup = housing.disk;
    std::optional<crypto::Pseudonym> subject;
    std::vector<protocol::LeafPlace> places;
    for (std::uint64_t i = 0; i < backup.log().size(); ++i)
        for (auto const& field : backup.log()[i].fields) {
            if (!field.about || (subject && *field.about != *subject)) continue;
            subject = field.about;
            if (places.empty() || places.back().position != i) places.push_back({log_shard, i});
        }
    REQUIRE(subject);
    REQUIRE(federation.ask("housing", protocol::ErasureOrdered{*subject, places, "r.patel", "decision 17"}));
    federation.run_for(2min);
    REQUIRE(housing.disk.erased().contains(*subject));
    federation.crash("housing");
    housing.disk = backup;
    REQUIRE_FALSE(housing.disk.erased().contains(*subject));
    federation.start("housing", true);
    REQUIRE(federation.run_until([&] { return housing.node->restorer()->restored().has_value(); }, 2min));
    federation.finish_restore("housing");
    CHECK(housing.disk.erased().contains(*subject));
    federation.start("housing");
    CHECK(housing.node->governance().erased().contains(*subject));
}

TEST_CASE("restore: requests from before it are refused, and its budgets are not forgotten", "[system]") {
    AfterBackup scene([](policy::Agreement& agreement) { agreement.budgets.slots_per_day = 3 * limits::slots; });
    auto& federation = scene.federation;
    auto& housing = scene.housing();
    scene.put_backup();
    federation.start("housing", true);
    auto const before = federation.now();
    REQUIRE(scene.restored());
    auto const lost = scene.restorer().restored()->record(federation.now()).queries;
    REQUIRE(lost == 1);
    scene.finish();
    protocol::Envelope envelope{MessageType::query, ExchangeId{}, federation.agreement().id, before, {}, Bytes{1}, {}};
    federation.inject("coordinator", "housing", federation.message("coordinator", "housing", envelope));
    federation.run_for(1s);
    auto const reasons = refusals(housing);
    CHECK(std::count(reasons.begin(), reasons.end(), "request is older than this node's restore") == 1);
    // One of three was spent after the backup.
    auto const answered = [&](char const* name) {
        auto const id = ask(federation, name);
        REQUIRE(federation.run_until_settled(id));
        federation.run_for(1s);
        return refusals(housing);
    };
    auto const count = [](std::vector<std::string> const& all) {
        return std::count_if(all.begin(), all.end(),
                             [](std::string const& one) { return one.find("budget") != std::string::npos; });
    };
    CHECK(count(answered("marie")) == 0);
    CHECK(count(answered("rhiannon")) == 0);
    CHECK(count(answered("samantha")) == 1);
}

TEST_CASE("restore: a head that only the copy made, and one witness took, is not the log", "[system]") {
    AfterBackup scene;
    auto& federation = scene.federation;
    auto& housing = scene.housing();
    auto const cosigned = housing.node->log_keeper().cosigned()->end.position;
    scene.put_backup();
    // The copy went on by itself, further than the log, where one witness alone heard it: the test speaks for that one.
    std::string one;
    for (auto const& member : federation.members())
        if (member->party.text() != "coordinator" && member->node &&
            !member->node->witness().known().contains(housing.log->origin()))
            one = member->party.text();
    REQUIRE_FALSE(one.empty());
    federation.crash(one);
    auto const common = scene.backup.log().size();
    auto const size = common + 300;
    // It believes that it is cosigned as far as it has gone.
    protocol::Effects meanwhile;
    for (int i = 0; i < 10; ++i)
        meanwhile.leaves.push_back(crypto::make_entry(LeafClass::admin, federation.agreement().id, {}, {}));
    ByteWriter cosigned_row;
    cosigned_row.u32(log_shard).u64(common + 3).instant(federation.now()).u32(2).text("");
    meanwhile.put(protocol::Space::own_head, Bytes{'c'}, cosigned_row.take());
    housing.disk.commit(meanwhile);
    auto const bytes = crypto::make_entry(LeafClass::admin, federation.agreement().id, {}, {}).leaf.bytes();
    crypto::TreeHead tree;
    Bytes plain;
    for (std::uint64_t i = 0; i < size; ++i) {
        auto const leaf = i < common ? scene.backup.log()[i].leaf.bytes() : bytes;
        tree.append(crypto::leaf_hash(leaf));
        append(plain, ByteView(leaf));
    }
    auto const& origin = housing.log->origin();
    protocol::CopiesReply reply{origin, crypto::sign_checkpoint({origin, size, tree.root()}, housing.log_key), {}};
    std::vector<Bytes> replies;
    federation.on_transmission = [&](Member const& from, protocol::Transmission const& transmission) {
        auto const frame = protocol::decode_frame(transmission.frame).value();
        if (from.party.text() != "housing" || frame.recipient.text() != one) return;
        auto const asked = federation.open(frame);
        if (!asked || asked->type != MessageType::copies_request) return;
        if (reply.chunks.empty()) reply.chunks.push_back({0, size, protocol::seal_at_rest(*housing.self, plain)});
        protocol::Envelope envelope{MessageType::copies_reply,
                                    asked->exchange,
                                    federation.agreement().id,
                                    federation.now(),
                                    {},
                                    encode(reply),
                                    {}};
        replies.push_back(federation.message(one, "housing", envelope));
    };
    federation.start("housing", true);
    auto const restored = [&] { return scene.restorer().restored().has_value(); };
    for (int i = 0; i < 600 && !restored(); ++i) {
        federation.run_for(1s);
        for (auto& frame : std::exchange(replies, {})) federation.inject("coordinator", "housing", std::move(frame));
    }
    REQUIRE(restored());
    federation.on_transmission = {};
    auto const done = *scene.restorer().restored();
    CHECK(done.elsewhere == std::set{party(one)});
    CHECK(done.head.size >= cosigned);
    CHECK(done.head.size < size);
    scene.finish();
    for (std::uint64_t i = 0; i < cosigned; ++i) REQUIRE(same_leaf(housing.disk.log()[i], scene.log.at(i)));
    CHECK(housing.node->log_keeper().cosigned()->end.position > done.head.size);
    CHECK_FALSE(housing.node->log_keeper().behind());
}

TEST_CASE("restore: a reply to another question, kept from an earlier day, tells no head", "[system]") {
    AfterBackup scene;
    auto& federation = scene.federation;
    scene.put_backup();
    std::vector<Bytes> kept;
    federation.on_delivery = [&](Delivery const& delivery) {
        auto const frame = protocol::decode_frame(delivery.frame).value();
        if (delivery.to.text() != "housing") return;
        auto const envelope = federation.open(frame);
        if (envelope && envelope->type == MessageType::copies_reply) kept.push_back(delivery.frame);
    };
    federation.start("housing", true);
    REQUIRE(scene.restored());
    federation.on_delivery = {};
    REQUIRE(kept.size() >= scene.others().size());
    scene.put_backup();
    for (auto const& member : federation.members())
        if (member->party.text() != "housing" && member->party.text() != "coordinator")
            federation.set_link(member->party.text(), false);
    federation.start("housing", true);
    federation.run_for(1s);
    auto const waited = scene.restorer().waited_for().size();
    CHECK(waited + 1 >= scene.others().size());
    for (auto const& frame : kept) federation.inject("coordinator", "housing", frame);
    federation.run_for(2min);
    CHECK(scene.restorer().waited_for().size() == waited);
    CHECK_FALSE(scene.restorer().restored());
}

TEST_CASE("restore: an old copy is cosigned by nobody, even where those who know better are away at first",
          "[system]") {
    AfterBackup scene;
    auto& federation = scene.federation;
    auto& housing = scene.housing();
    auto const& origin = housing.log->origin();
    std::set<std::string> knowing;
    for (auto const& member : federation.members())
        if (member->node->witness().known().contains(origin)) knowing.insert(member->party.text());
    REQUIRE(knowing.size() >= 2);
    scene.put_backup();
    for (auto const& name : knowing) federation.set_link(name, false);
    federation.start("housing");
    federation.run_for(2min);
    CHECK(housing.node->log_keeper().silent(federation.now()) == policy::Reason::unwitnessed);
    for (auto const& name : knowing) federation.set_link(name, true);
    federation.run_for(2min);
    CHECK(housing.node->log_keeper().behind());
    for (auto const& member : federation.members())
        CHECK(member->node->witness().known().contains(origin) == knowing.contains(member->party.text()));
}
