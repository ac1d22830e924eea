// Replacing operational keys in a real core with its files: and a crash at every place between two of them.

#include "node/daemon/core.hpp"
#include "node/log/verify.hpp"
#include "node/offline/files.hpp"
#include "policy_fixture.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <sys/mman.h>
#include <unistd.h>

using namespace fanlight;
using namespace fanlight::node;
using namespace std::chrono_literals;

namespace {

PartyId const& hub_party() {
    static auto const party = PartyId::parse("coordinator").value();
    return party;
}

std::set<KeyPurpose> all_keys() {
    return {every_key_purpose.begin(), every_key_purpose.end()};
}

/// A party's data directory in a federation whose other nodes are only keys, and its core.
class Hub {
  public:
    explicit Hub(PartyId const& party = hub_party())
        : settings_{party, Mode::practice, "practice.northbridge.example", "127.0.0.1:1", party == hub_party()},
          text_(policy::test::template_text()) {
        std::string place = (std::filesystem::temp_directory_path() / "fanlight-rotation-XXXXXX").string();
        REQUIRE(::mkdtemp(place.data()) != nullptr);
        scratch_ = place;
        KeySource const source{key_fd()};
        REQUIRE(init_directory(path(), settings_, source, wall_clock_now(), random_));
        ::close(source.key_fd);
        accept();
    }
    ~Hub() { std::filesystem::remove_all(scratch_); }
    Hub(Hub const&) = delete;
    Hub& operator=(Hub const&) = delete;

    std::filesystem::path path() const { return scratch_ / "hub"; }
    void open() {
        KeySource const source{key_fd()};
        directory_.emplace(open_directory_with_key(path(), source).value());
        ::close(source.key_fd);
    }
    Keyring& keyring() { return directory_->keyring; }
    void save() { REQUIRE(save_keyring(*directory_, random_)); }

    /// Starts it on what is on disk, lets `work` do something, and stops it.
    template <class Work> void run(Work const& work) {
        open();
        std::vector<policy::Finding> findings;
        auto core = Core::open(*directory_, load_agreement(*directory_, findings).value(), random_);
        if (!core) UNSCOPED_INFO(describe(core.error()));
        REQUIRE(core);
        core.value()->start([](PartyId const&, Bytes const&) {}, {}, [](Error error) { FAIL(describe(error)); });
        work(*core.value());
        // Whatever the last batch began is done in the next ones.
        for (int i = 0; i < 3; ++i) step(*core.value(), protocol::Woken{});
        core.value()->stop();
        core.value().reset();
        open(); // as it is on disk
    }
    static void step(Core& core, protocol::Event event) {
        std::promise<void> done;
        core.post(std::move(event), [&](Result<void> const&) { done.set_value(); });
        done.get_future().wait();
    }
    static std::optional<Errc> rotate(Core& core, RotationOrder order) {
        std::promise<std::optional<Errc>> done;
        core.rotate(std::move(order), [&](Result<void> const& result) {
            done.set_value(result ? std::optional<Errc>() : result.error().code);
        });
        return done.get_future().get();
    }
    static void wait_for_start(Core& core) { step(core, protocol::Woken{}); }

    void check_log() {
        for (auto const& entry : std::filesystem::directory_iterator(path() / "log")) {
            auto const year = std::stoi(entry.path().filename().string());
            crypto::NoteKey const key{protocol::log_origin(settings_.domain, settings_.party, year),
                                      keyring().log.verify_key()};
            auto const report = verify_log(entry.path(), key);
            if (!report) UNSCOPED_INFO(describe(report.error()));
            CHECK(report);
        }
    }
    crypto::Random& random() { return random_; }
    std::string log_origin_of(std::filesystem::path const& log) const {
        return protocol::log_origin(settings_.domain, settings_.party, std::stoi(log.filename().string()));
    }

  private:
    static Instant wall_clock_now() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }
    static int key_fd() {
        auto const fd = ::memfd_create("node key", 0);
        Bytes const key(32, 9);
        REQUIRE(::write(fd, key.data(), key.size()) == 32);
        REQUIRE(::lseek(fd, 0, SEEK_SET) == 0);
        return fd;
    }
    void put(std::string const& what, std::string const& value) {
        text_ = policy::test::replaced(text_, "@@" + what + "@@", value);
    }
    void accept() {
        open();
        AgreementFiles files;
        std::vector<std::pair<std::string, crypto::SigningKey>> officers;
        auto const draft = policy::test::practice_agreement();
        for (auto const& party : draft.parties) {
            auto const id = party.id.text();
            auto const own = party.id == settings_.party;
            auto others = Keyring::generate(random_);
            others.certificate_der = to_bytes(as_bytes(std::string_view(id)));
            auto const& keys = own ? directory_->keyring : others;
            auto settings = settings_;
            settings.party = party.id;
            put(id + ".signing_key", crypto::NoteKey{protocol::note_key_name(settings.domain, party.id, "signing"),
                                                     keys.signing.verify_key()}
                                         .vkey());
            files.key_notes.emplace(id, signed_key_note(settings, keys.signing, keys));
            for (std::string const role : {"officer", "dpo"}) {
                auto key = crypto::SigningKey::generate(random_);
                auto name = protocol::note_key_name(settings.domain, party.id, role);
                put(id + "." + role, crypto::NoteKey{name, key.verify_key()}.vkey());
                officers.emplace_back(std::move(name), std::move(key));
            }
        }
        std::vector<std::string> lines;
        for (auto const& [name, key] : officers) lines.push_back(crypto::sign_note_line(text_, name, key));
        std::sort(lines.begin(), lines.end());
        files.note = crypto::format_note(text_, lines);
        std::vector<policy::Finding> findings;
        auto const fingerprint = agreement_fingerprint(files.note).value();
        auto const accepted = accept_agreement(*directory_, files, fingerprint.hex, random_, findings);
        INFO(policy::test::all_of(findings) << (accepted ? "" : describe(accepted.error())));
        REQUIRE(accepted);
    }

    crypto::SystemRandom random_;
    std::filesystem::path scratch_;
    DirectorySettings settings_;
    std::string text_;
    std::optional<OpenDirectory> directory_;
};

std::filesystem::path only_log(Hub const& hub) {
    return std::filesystem::directory_iterator(hub.path() / "log")->path();
}

/// The keyring as it was just before the switch from `before` to what is in use now.
void put_back(Hub& hub, OperationalSecrets const& before) {
    auto next = hub.keyring().copy();
    static_cast<OperationalSecrets&>(hub.keyring()) = before.copy();
    hub.keyring().next = NextKeys{std::move(next), false};
    hub.keyring().former_link.reset();
    hub.keyring().former_log.reset();
    hub.keyring().former_sealing = {};
    hub.save();
}

} // namespace

TEST_CASE("key rotation: a core puts new keys to use, signs its log with them, and starts again with them") {
    Hub hub;
    hub.open();
    auto const before = hub.keyring().copy();
    hub.run([](Core& core) {
        CHECK_FALSE(Hub::rotate(core, {all_keys(), false}));
        CHECK(Hub::rotate(core, {{KeyPurpose::tls}, false}) == Errc::exists); // nobody has confirmed the last one
    });
    CHECK(hub.keyring().serial == 2);
    CHECK(purposes_replaced(before, hub.keyring()) == all_keys());
    CHECK_FALSE(hub.keyring().next);
    CHECK(hub.keyring().former_sealing.keys.size() == 1);
    CHECK(hub.keyring().former_link);
    hub.check_log();
    auto const first_note = read_small_file(hub.path() / "key-note", 65536, "").value();
    hub.run([](Core& core) { CHECK_FALSE(Hub::rotate(core, {{KeyPurpose::log}, false})); });
    CHECK(hub.keyring().serial == 3);
    hub.check_log();
    CHECK(read_small_file(hub.path() / "key-note", 65536, "").value() == first_note); // others begin with it
}

TEST_CASE("key rotation: an agency's next keys are on disk when their note is proposed, and wait over a restart") {
    Hub agency(PartyId::parse("housing").value());
    agency.run([](Core& core) {
        CHECK_FALSE(Hub::rotate(core, {all_keys(), false}));
        CHECK(Hub::rotate(core, {{KeyPurpose::log}, false}) == Errc::exists);
    });
    CHECK(agency.keyring().serial == 1);
    REQUIRE(agency.keyring().next);
    auto const made = agency.keyring().next->keys.copy();
    agency.run([&](Core& core) {
        Hub::wait_for_start(core);
        auto const& proposals = core.node().registrar().proposals();
        REQUIRE(proposals.size() == 1); // the same one
        auto const text = protocol::key_note_text(Mode::practice, public_keys(core.self().party, made));
        CHECK(proposals.begin()->first == protocol::agreement_id(text));
    });
    REQUIRE(agency.keyring().next);
    CHECK(purposes_replaced(made, agency.keyring().next->keys).empty());
    agency.check_log();
}

TEST_CASE("key rotation: a core that stopped after making keys proposes them at its next start") {
    Hub hub;
    hub.open();
    hub.keyring().next =
        next_keys(hub.keyring(), {all_keys(), false}, hub_party(), Instant(Duration(1'800'000'000'000)), hub.random())
            .value();
    auto const made = hub.keyring().next->keys.copy();
    hub.save();
    hub.run([](Core& core) { Hub::wait_for_start(core); });
    CHECK(hub.keyring().serial == 2);
    CHECK(purposes_replaced(made, hub.keyring()).empty());
    CHECK_FALSE(hub.keyring().next);
    hub.check_log();
}

TEST_CASE("key rotation: a core that stopped between the register's entry and the switch switches at its next start") {
    Hub hub;
    hub.open();
    auto const before = hub.keyring().copy();
    hub.run([](Core& core) { CHECK_FALSE(Hub::rotate(core, {all_keys(), false})); });
    auto const after = hub.keyring().copy();
    put_back(hub, before);
    // The last head that could be there is the former key's.
    auto const log = only_log(hub);
    auto const note = read_small_file(log / "checkpoint", 65536, "").value();
    auto const head = crypto::open_checkpoint(as_text(note), {hub.log_origin_of(log), after.log.verify_key()}).value();
    REQUIRE(replace_file(log / "checkpoint", as_bytes(crypto::sign_checkpoint(head, before.log)), "checkpoint"));
    hub.run([](Core& core) { Hub::wait_for_start(core); });
    CHECK(hub.keyring().serial == 2);
    CHECK(purposes_replaced(after, hub.keyring()).empty());
    CHECK_FALSE(hub.keyring().next);
    CHECK(hub.keyring().former_log == before.log.verify_key());
    hub.check_log();
}

TEST_CASE("key rotation: a core that stopped between the switch and the log signs the former key's head anew") {
    Hub hub;
    hub.open();
    auto const before = hub.keyring().copy();
    hub.run([](Core& core) { CHECK_FALSE(Hub::rotate(core, {{KeyPurpose::log}, false})); });
    auto const log = only_log(hub);
    auto const note = read_small_file(log / "checkpoint", 65536, "").value();
    auto const origin = hub.log_origin_of(log);
    auto const head = crypto::open_checkpoint(as_text(note), {origin, hub.keyring().log.verify_key()}).value();
    auto const signed_by = [&](crypto::SigningKey const& key) {
        REQUIRE(replace_file(log / "checkpoint", as_bytes(crypto::sign_checkpoint(head, key)), "checkpoint"));
        return LogDirectory::open(log, origin, hub.keyring().log, hub.keyring().former_log);
    };
    {
        auto const opened = signed_by(before.log);
        REQUIRE(opened);
        CHECK(opened.value().head() == head);
    }
    hub.check_log(); // the same head, under the key in use
    CHECK(signed_by(crypto::SigningKey::generate(hub.random())).error().code == Errc::wrong_key);
    REQUIRE(signed_by(before.log));
    hub.run([](Core& core) { Hub::wait_for_start(core); });
    hub.check_log();
}

TEST_CASE("key rotation: a core replaces its sealing key by itself and destroys the former one in time") {
    Hub hub;
    hub.open();
    auto const first = hub.keyring().sealing.public_key();
    hub.keyring().sealing_since -= sealing_replaced_every + 1min;
    hub.save();
    hub.run([](Core& core) { Hub::wait_for_start(core); });
    CHECK(hub.keyring().serial == 2);
    CHECK(hub.keyring().sealing.public_key() != first);
    REQUIRE(hub.keyring().former_sealing.keys.size() == 1);
    CHECK(hub.keyring().former_sealing.keys[0].public_key() == first);
    hub.keyring().former_sealing.replaced_at[0] -= former_sealing_kept;
    hub.save();
    hub.run([](Core& core) { Hub::wait_for_start(core); });
    CHECK(hub.keyring().former_sealing.keys.empty());
    CHECK(hub.keyring().serial == 2);
    hub.check_log();
}

TEST_CASE("key rotation: after a compromise a core voids the former keys by itself") {
    Hub hub;
    hub.run([](Core& core) { CHECK_FALSE(Hub::rotate(core, {{KeyPurpose::log}, true})); });
    CHECK(hub.keyring().serial == 3);
    CHECK(hub.keyring().void_before == 2);
    CHECK(hub.keyring().void_due == 0);
    hub.check_log();
}

TEST_CASE("key rotation: a core does not start with keys that its register does not name") {
    Hub hub;
    hub.run([](Core& core) { CHECK_FALSE(Hub::rotate(core, {{KeyPurpose::node}, false})); });
    hub.keyring().node = crypto::SigningKey::generate(hub.random());
    hub.save();
    hub.open();
    std::vector<policy::Finding> findings;
    OpenDirectory directory = [&] {
        auto const fd = ::memfd_create("node key", 0);
        Bytes const key(32, 9);
        REQUIRE(::write(fd, key.data(), key.size()) == 32);
        ::lseek(fd, 0, SEEK_SET);
        return open_directory_with_key(hub.path(), {fd}).value();
    }();
    auto const core = Core::open(directory, load_agreement(directory, findings).value(), hub.random());
    REQUIRE_FALSE(core);
    CHECK(core.error().code == Errc::wrong_key);
}
