// Where secrets lie in memory, and that they lie nowhere else: locked pages, guards, wiping, core dumps, and a search
// through the whole memory of a process that has used its keys.

#include "crypto/hash.hpp"
#include "crypto/keygen.hpp"
#include "crypto/sealing.hpp"
#include "crypto/signing.hpp"
#include "node/offline/keyring.hpp"
#include "node/offline/process.hpp"
#include "protocol/tokens.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <new>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unordered_map>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool address_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool address_sanitizer = true;
#else
constexpr bool address_sanitizer = false;
#endif
#else
constexpr bool address_sanitizer = false;
#endif

using Key = LockedSecret<struct MemoryTag, 32>;

// Processes of the test's own.

/// Runs `work` in a child, which says nothing and ends with 0 if it gets to the end; the status as wait(2) gives it.
int status_of(std::function<void()> const& work) {
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto const nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, STDERR_FILENO);
        for (int const number : {SIGSEGV, SIGBUS, SIGABRT}) std::signal(number, SIG_DFL); // not Catch's
        rlimit const none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        work();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return status;
}

bool dies_by(int status, int number) {
    return WIFSIGNALED(status) && WTERMSIG(status) == number;
}

bool dies_reading(std::uint8_t const* place) {
    auto const status = status_of([&] {
        std::uint8_t const volatile* const byte = place;
        [[maybe_unused]] std::uint8_t const read = *byte;
    });
    return dies_by(status, SIGSEGV) || dies_by(status, SIGBUS);
}

struct Mapping {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    std::string permissions;
    std::string name;
    std::set<std::string> flags; ///< of proc(5), VmFlags
    bool is_file = false;        ///< mapped from a file, and never written to

    bool dumped() const { return !flags.contains("dd"); }
};

/// As proc(5) describes smaps.
std::vector<Mapping> mappings_of(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/smaps");
    std::vector<Mapping> mappings;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string first;
        words >> first;
        if (first == "VmFlags:") {
            for (std::string flag; words >> flag;) mappings.back().flags.insert(flag);
        } else if (first == "Anonymous:") {
            std::size_t written_kb = 0;
            words >> written_kb;
            auto& mapping = mappings.back();
            mapping.is_file = written_kb == 0 && mapping.name.starts_with('/') && mapping.permissions.back() == 'p';
        } else if (!first.ends_with(':')) {
            Mapping mapping;
            auto const dash = first.find('-');
            mapping.begin = std::stoull(first.substr(0, dash), nullptr, 16);
            mapping.end = std::stoull(first.substr(dash + 1), nullptr, 16);
            std::string offset, device, inode;
            words >> mapping.permissions >> offset >> device >> inode >> mapping.name;
            mappings.push_back(std::move(mapping));
        }
    }
    return mappings;
}

Mapping mapping_of(ByteView bytes) {
    auto const place = reinterpret_cast<std::uintptr_t>(bytes.data());
    for (auto const& mapping : mappings_of(::getpid()))
        if (mapping.begin <= place && place < mapping.end) return mapping;
    FAIL("a secret lies in no mapping");
    return {};
}

/// Not if RLIMIT_MEMLOCK is used up, nor under the address sanitizer, whose mlock does nothing.
bool can_lock() {
    auto const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    auto* const place = ::mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(place != MAP_FAILED);
    bool const locked =
        ::mlock(place, page) == 0 && mapping_of({static_cast<std::uint8_t*>(place), page}).flags.contains("lo");
    ::munmap(place, page);
    return locked;
}

void check_pages(ByteView secret) {
    auto const mapping = mapping_of(secret);
    CHECK_FALSE(mapping.dumped());
    CHECK(mapping.permissions == "rw-p");
    static bool const lockable = can_lock();
    if (lockable) {
        CHECK(mapping.flags.contains("lo"));
    } else {
        WARN("SKIPPED: no page can be locked here (ulimit -l), so nothing is said about locked pages");
    }
    CHECK(dies_reading(secret.data() + secret.size())); // the very next byte
    CHECK(dies_reading(reinterpret_cast<std::uint8_t const*>(mapping.begin) - 1));
    CHECK_FALSE(dies_reading(secret.data())); // so that the two above mean something
}

} // namespace

TEST_CASE("secret memory: long-lived secrets lie in guarded, locked pages that no dump holds") {
    SystemRandom random;
    SECTION("LockedSecret") {
        auto const key = random.make<Key>();
        check_pages(key.reveal());
    }
    SECTION("SecretBytes, of any size") {
        auto const size = GENERATE(std::size_t(1), 31, 32, 33, 4095, 4096, 4097);
        SecretBytes const bytes(size);
        check_pages(bytes.reveal());
    }
    SECTION("a share of the key, a dealer's share, a folded share") {
        auto const share = parse_oprf_key(random_blind(random).reveal()).value();
        check_pages(share.reveal());
        auto const seed = random.make<CeremonySeed>();
        check_pages(seed.reveal());
        auto const dealt = Polynomial::derive(seed, {}, 3).value().share_for(2).value();
        check_pages(dealt.reveal());
        auto const folded = fold(share, 1, HolderSet::from_bits(3, 3).value()).value();
        check_pages(folded.reveal());
    }
    SECTION("SigningKey") {
        auto const key = SigningKey::generate(random);
        check_pages({key.reveal_seed().data(), 64}); // libsodium's form: the public key follows the seed
    }
    SECTION("keys that are derived from the node key and live as long") {
        auto const node_key = random.make<node::NodeKey>();
        auto const at_rest = node::at_rest_key(Mode::live, node_key);
        auto const opening = node::opening_key(Mode::live, node_key);
        check_pages(at_rest.reveal());
        check_pages(opening.reveal());
    }
    SECTION("SealingKey") {
        auto const key = SealingKey::generate(random);
        check_pages(key.reveal());
    }
    SECTION("an ordinary vector has none of it") {
        Bytes const ordinary(32);
        CHECK(mapping_of(ordinary).dumped());
    }
}

TEST_CASE("secret memory: what is freed cannot be read any more") {
    auto const reads_after = [](auto make) {
        auto const status = status_of([&] {
            std::uint8_t const volatile* byte = nullptr;
            {
                auto const secret = make();
                byte = secret.reveal().data();
                [[maybe_unused]] std::uint8_t const before = *byte;
            }
            [[maybe_unused]] std::uint8_t const after = *byte;
        });
        return !dies_by(status, SIGSEGV);
    };
    CHECK_FALSE(reads_after([] { return Key::make([](MutableBytes out) { out[0] = 1; }); }));
    CHECK_FALSE(reads_after([] { return SecretBytes(100); }));
    CHECK_FALSE(reads_after([] { return SealingKey::from_secret(Bytes(32, 1)).value(); }));
}

TEST_CASE("secret memory: a write over the end or before the beginning stops the process") {
    auto const status_of_write = [](std::ptrdiff_t offset) {
        return status_of([&] {
            SecretBytes secret(40);
            std::uint8_t volatile* const bytes = secret.writable().data();
            bytes[offset] = 1;
        });
    };
    CHECK(dies_by(status_of_write(40), SIGSEGV));
    // Before the beginning lies a canary, which is looked at when the pages are freed.
    auto const before = status_of_write(-1);
    CHECK((WIFSIGNALED(before) != 0));
    CHECK(status_of_write(39) == 0);
}

TEST_CASE("secret memory: a moved-from locked secret stops the process") {
    auto const status = status_of([] {
        auto key = Key::make([](MutableBytes) {});
        auto const other = std::move(key);
        [[maybe_unused]] auto const view = key.reveal();
    });
    CHECK(dies_by(status, SIGABRT));
}

namespace {

using Small = Secret<struct SmallTag, 32>;
constexpr std::uint8_t filling = 0xA7;

/// A secret in a place that can be looked at afterwards.
class Placed {
  public:
    Placed() {
        ::new (place_.data()) Small(Small::make([](MutableBytes out) { std::fill(out.begin(), out.end(), filling); }));
    }
    Small& secret() { return *std::launder(reinterpret_cast<Small*>(place_.data())); }
    std::size_t bytes_of_it() const {
        std::uint8_t const volatile* const bytes = place_.data();
        std::size_t found = 0;
        for (std::size_t i = 0; i < place_.size(); ++i)
            if (bytes[i] == filling) ++found;
        return found;
    }

  private:
    alignas(Small) std::array<std::uint8_t, sizeof(Small)> place_{};
};

} // namespace

TEST_CASE("secret memory: a short-lived secret leaves nothing where it lay") {
    Placed placed;
    REQUIRE(placed.bytes_of_it() == Small::size_bytes);
    SECTION("destroyed") {
        placed.secret().~Small();
        CHECK(placed.bytes_of_it() == 0);
    }
    SECTION("moved away") {
        Small const other(std::move(placed.secret()));
        CHECK(placed.bytes_of_it() == 0);
        CHECK(other.reveal()[31] == filling);
    }
    SECTION("assigned away") {
        auto other = Small::make([](MutableBytes) {});
        other = std::move(placed.secret());
        CHECK(placed.bytes_of_it() == 0);
        CHECK(other.reveal()[31] == filling);
    }
    SECTION("assigned over") {
        placed.secret() = Small::make([](MutableBytes) {});
        CHECK(placed.bytes_of_it() == 0);
    }
    SECTION("assigned to itself it stays") {
        auto& same = placed.secret();
        placed.secret() = std::move(same);
        CHECK(placed.bytes_of_it() == Small::size_bytes);
    }
    SECTION("copied, on purpose") {
        {
            auto const copy = placed.secret().copy();
            CHECK(equal(copy, placed.secret()));
        }
        CHECK(placed.bytes_of_it() == Small::size_bytes);
    }
}

namespace {

/// Looks at what is freed.
template <class T> struct Watched {
    using value_type = T;
    std::size_t* left;
    T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
    void deallocate(T* place, std::size_t count) {
        auto const* const bytes = reinterpret_cast<std::uint8_t const*>(place);
        std::array<std::uint8_t, 16> row{}; // one such byte alone may be anything
        row.fill(filling);
        for (std::size_t i = 0; i + row.size() <= count * sizeof(T); ++i)
            if (std::equal(row.begin(), row.end(), bytes + i)) ++*left;
        std::allocator<T>().deallocate(place, count);
    }
    bool operator==(Watched const&) const = default;
};

template <class T, class Make> std::size_t left_by_vector_of(Make make) {
    std::size_t left = 0;
    {
        std::vector<T, Watched<T>> values(Watched<T>{&left});
        for (int i = 0; i < 100; ++i) values.push_back(make());
    }
    return left;
}

} // namespace

TEST_CASE("secret memory: a vector of secrets that grows leaves nothing behind") {
    auto const secret = [] {
        return Small::make([](MutableBytes out) { std::fill(out.begin(), out.end(), filling); });
    };
    CHECK(left_by_vector_of<Small>(secret) == 0);
    CHECK(left_by_vector_of<std::uint8_t>([] { return filling; }) > 0);
}

// Core dumps, and a search through everything a process has in memory.

namespace {

/// Both ends of a pipe, closed at the end.
class Pipe {
  public:
    Pipe() { REQUIRE(::pipe(ends_.data()) == 0); }
    Pipe(Pipe const&) = delete;
    Pipe& operator=(Pipe const&) = delete;
    ~Pipe() {
        close_reading();
        close_writing();
    }
    int reading() const { return ends_[0]; }
    int writing() const { return ends_[1]; }
    void close_reading() { close(ends_[0]); }
    void close_writing() { close(ends_[1]); }

  private:
    static void close(int& end) {
        if (end >= 0) ::close(end);
        end = -1;
    }
    std::array<int, 2> ends_{-1, -1};
};

/// Up to the end of what the other side writes.
Bytes read_all(int file) {
    Bytes all;
    std::array<std::uint8_t, 4096> part{};
    for (;;) {
        auto const got = ::read(file, part.data(), part.size());
        if (got <= 0) return all;
        append(all, ByteView(part).first(static_cast<std::size_t>(got)));
    }
}

enum class Fate : std::uint8_t {
    kept,    ///< still there, in pages of its own, and nowhere else
    gone,    ///< nowhere any more
    ordinary ///< a secret in ordinary memory, on purpose: what a leak looks like
};

struct Told {
    Fate fate;
    std::string name;
    Bytes secret;
};

/// In the child: says a secret to the parent, out of the place where it lies. Sizes are below 256.
class Telling {
  public:
    explicit Telling(int file) : file_(file) {}
    void operator()(Fate fate, std::string_view name, ByteView secret) const {
        auto const head = std::to_array({static_cast<std::uint8_t>(fate), static_cast<std::uint8_t>(name.size()),
                                         static_cast<std::uint8_t>(secret.size())});
        write(head);
        write(as_bytes(name));
        write(secret);
    }

  private:
    void write(ByteView bytes) const {
        if (::write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) ::_exit(3);
    }
    int file_;
};

std::vector<Told> parse_told(ByteView bytes) {
    std::vector<Told> all;
    while (!bytes.empty()) {
        auto const fate = static_cast<Fate>(bytes[0]);
        std::size_t const name = bytes[1];
        std::size_t const secret = bytes[2];
        all.push_back({fate, std::string(as_text(bytes.subspan(3, name))), to_bytes(bytes.subspan(3 + name, secret))});
        bytes = bytes.subspan(3 + name + secret);
    }
    return all;
}

/// What a secret becomes inside the functions that use it, each as tell-tale as itself.
std::vector<std::pair<char const*, Bytes>> forms_of(Bytes const& secret) {
    std::vector<std::pair<char const*, Bytes>> forms{{"", secret}};
    // libsodium's multiplication: 64 signed digits of four bits, from -8 to 8.
    Bytes digits;
    unsigned carry = 0;
    for (std::size_t i = 0; i < 2 * secret.size(); ++i) {
        auto const digit = (unsigned(secret[i / 2]) >> (4 * (i % 2)) & 15U) + carry;
        carry = (digit + 8) >> 4U;
        digits.push_back(static_cast<std::uint8_t>(digit - (carry << 4U)));
    }
    forms.emplace_back(" in digits", std::move(digits));
    // Ed25519: the scalar and the prefix, with the seed being the secret.
    forms.emplace_back(", its SHA-512", to_bytes(sha512({secret}).view()));
    // SHA-2 reads words with their highest byte first.
    for (std::size_t const word : {4U, 8U}) {
        auto swapped = secret;
        for (std::size_t at = 0; at + word <= swapped.size(); at += word)
            std::reverse(swapped.begin() + std::ptrdiff_t(at), swapped.begin() + std::ptrdiff_t(at + word));
        forms.emplace_back(" in words", std::move(swapped));
    }
    return forms;
}

/// Finds any 16 bytes in a row of a secret or of a form of it, from every eighth on: a copy that was written over in
/// part counts.
class Search {
  public:
    explicit Search(std::vector<Told> const& told) : begins_(1U << 16U) {
        for (std::size_t i = 0; i < told.size(); ++i) {
            for (auto const& [form, bytes] : forms_of(told[i].secret)) {
                for (std::size_t from = 0; from + piece_bytes <= bytes.size(); from += 8) {
                    auto const piece = ByteView(bytes).subspan(from, piece_bytes);
                    begins_[begin_of(piece)] = true;
                    pieces_.emplace(as_text(piece), std::pair(i, std::string(form)));
                }
            }
        }
    }
    /// Which there are, by number, and in which form.
    std::set<std::pair<std::size_t, std::string>> in(ByteView memory) const {
        std::set<std::pair<std::size_t, std::string>> found;
        for (std::size_t at = 0; at + piece_bytes <= memory.size(); ++at) {
            auto const here = memory.subspan(at, piece_bytes);
            if (!begins_[begin_of(here)]) continue;
            auto const piece = pieces_.find(std::string(as_text(here)));
            if (piece != pieces_.end()) found.insert(piece->second);
        }
        return found;
    }

  private:
    static constexpr std::size_t piece_bytes = 16;
    static std::size_t begin_of(ByteView bytes) { return bytes[0] | unsigned(bytes[1]) << 8U; }
    std::vector<bool> begins_; ///< the first two bytes of each piece
    std::unordered_map<std::string, std::pair<std::size_t, std::string>> pieces_;
};

using Kept = std::vector<std::shared_ptr<void const>>;

template <class T> T const& keep(Kept& kept, T value) {
    auto const place = std::make_shared<T>(std::move(value));
    kept.push_back(place);
    return *place;
}

/// A child that uses secrets. It waits until `end` is called, so that its memory can be looked at, then ends by `last`.
class Using {
  public:
    using Work = std::function<void(Telling const&, Kept&)>;
    using Last = void (*)();
    Using(Work const& work, Last last) : id_(::fork()) {
        REQUIRE(id_ >= 0);
        if (id_ == 0) be_child(work, last);
        told_pipe_.close_writing();
        told_ = parse_told(read_all(told_pipe_.reading()));
        REQUIRE_FALSE(told_.empty());
    }
    Using(Using const&) = delete;
    Using& operator=(Using const&) = delete;
    ~Using() { end(); }

    pid_t id() const { return id_; }
    std::vector<Told> const& told() const { return told_; }
    /// As wait(2) gives it.
    int end() {
        done_.close_writing();
        if (!std::exchange(ended_, true)) ::waitpid(id_, &status_, 0);
        return status_;
    }

  private:
    [[noreturn]] void be_child(Work const& work, Last last) {
        for (int const number : {SIGSEGV, SIGBUS, SIGABRT}) std::signal(number, SIG_DFL); // not Catch's
        told_pipe_.close_reading();
        done_.close_writing();
        std::uint8_t byte = 0;
        [[maybe_unused]] auto got = ::read(-1, &byte, 0); // looked up now: see do_step
        Kept kept;
        kept.reserve(500); // no growth that would take the place of what was freed
        work(Telling(told_pipe_.writing()), kept);
        told_pipe_.close_writing();
        got = ::read(done_.reading(), &byte, 1); // nothing comes: the end is what counts
        last();
        ::_exit(0);
    }

    Pipe told_pipe_;
    Pipe done_;
    pid_t id_;
    std::vector<Told> told_;
    bool ended_ = false;
    int status_ = 0;
};

void require(bool good) {
    if (!good) ::_exit(4); // in the child; Catch is the parent's
}

/// What a step of the table below has.
struct Scene {
    Random& random;
    Telling const& tell;
    Kept& kept;

    OprfKey const& key() const {
        auto const& made = keep(kept, parse_oprf_key(random_blind(random).reveal()).value());
        tell(Fate::kept, "key", made.reveal());
        return made;
    }
    node::NodeKey const& node_key() const {
        auto const& made = keep(kept, random.make<node::NodeKey>());
        tell(Fate::kept, "node key", made.reveal());
        return made;
    }
    Blind blind() const {
        auto made = random_blind(random);
        tell(Fate::gone, "blind", made.reveal());
        return made;
    }
    template <class T> T secret(char const* name) const {
        auto made = random.make<T>();
        tell(Fate::gone, name, made.reveal());
        return made;
    }
};

/// A step: what a process of ours does with its secrets. It tells them, and forgets what has to be forgotten.
struct Step {
    char const* name;
    void (*run)(Scene const&);
};

Blinded blinded_by_somebody(Random& random) {
    return blind(as_bytes("somebody"), random_blind(random)).value();
}

constexpr auto context = std::string_view("a session and a dealer");

Polynomial polynomial_of(Scene const& scene) {
    auto const seed = scene.secret<CeremonySeed>("ceremony seed");
    return Polynomial::derive(seed, as_bytes(context), 3, scene.key()).value();
}

void tell_keyring(Scene const& scene, node::Keyring const& keyring) {
    for (auto const* key : {&keyring.signing, &keyring.node, &keyring.tls, &keyring.log, &keyring.witness})
        scene.tell(Fate::kept, "signing key", key->reveal_seed());
    scene.tell(Fate::kept, "sealing key", keyring.sealing.reveal());
    scene.tell(Fate::kept, "share sealing key", keyring.share_sealing.reveal());
    scene.tell(Fate::kept, "subject key", keyring.subject.reveal());
}

constexpr PassphraseCost cheap{1, 8192};

SecretBytes told_passphrase(Scene const& scene) {
    SecretBytes passphrase(32);
    scene.random.fill(passphrase.writable());
    scene.tell(Fate::gone, "passphrase", passphrase.reveal());
    return passphrase;
}

constexpr auto token_steps = std::to_array<Step>({
    {"random_blind", [](Scene const& scene) { scene.blind(); }},
    {"DerivedRandom",
     [](Scene const& scene) {
         auto const seed = scene.secret<DerivedRandom::Seed>("seed");
         DerivedRandom random(seed);
         scene.tell(Fate::gone, "blind", random_blind(random).reveal());
     }},
    {"parse_oprf_key", [](Scene const& scene) { scene.key(); }},
    {"public_of", [](Scene const& scene) { public_of(scene.key()); }},
    {"blind", [](Scene const& scene) { require(crypto::blind(as_bytes("somebody"), scene.blind()).has_value()); }},
    {"evaluate",
     [](Scene const& scene) {
         auto const blinded = blinded_by_somebody(scene.random);
         require(evaluate(scene.key(), blinded).has_value());
     }},
    {"prove",
     [](Scene const& scene) {
         std::vector<Blinded> const blinded{blinded_by_somebody(scene.random), blinded_by_somebody(scene.random)};
         auto const& key = scene.key();
         auto const evaluated = evaluate_batch(key, blinded).value();
         auto const nonce = random_proof_nonce(scene.random);
         scene.tell(Fate::gone, "nonce", nonce.reveal());
         require(prove(key, blinded, evaluated, nonce).has_value());
     }},
    {"fold",
     [](Scene const& scene) {
         auto const folded = fold(scene.key(), 1, HolderSet::from_bits(0b101, 3).value()).value();
         scene.tell(Fate::gone, "folded key", folded.reveal());
     }},
    {"finalize",
     [](Scene const& scene) {
         auto const evaluated = evaluate(scene.key(), blinded_by_somebody(scene.random)).value();
         auto const token = finalize(as_bytes("somebody"), scene.blind(), evaluated, 24).value();
         scene.tell(Fate::gone, "token", token.reveal());
     }},
    {"finalize_batch",
     [](Scene const& scene) {
         auto const evaluated = evaluate(scene.key(), blinded_by_somebody(scene.random)).value();
         std::vector<Blind> blinds;
         for (int i = 0; i < 5; ++i) blinds.push_back(scene.blind());
         std::vector<ByteView> const inputs(blinds.size(), as_bytes("somebody"));
         std::vector<Evaluated> const combined(blinds.size(), evaluated);
         auto const tokens = finalize_batch(inputs, blinds, combined).value();
         for (auto const& token : tokens) scene.tell(Fate::gone, "token", token.reveal());
     }},
    {"agency_secret",
     [](Scene const& scene) {
         auto const token = scene.secret<Token>("token");
         auto const secret = protocol::agency_secret(Mode::live, token, PartyId::parse("school").value());
         scene.tell(Fate::gone, "agency secret", secret.reveal());
     }},
    {"day_token, context_wrap_key",
     [](Scene const& scene) {
         auto const secret = scene.secret<protocol::AgencySecret>("agency secret");
         protocol::day_token(Mode::live, secret, Day(std::chrono::days(20000)));
         scene.tell(Fate::gone, "wrap key", protocol::context_wrap_key(Mode::live, secret).reveal());
     }},
    {"derive_key",
     [](Scene const& scene) {
         auto const seed = scene.secret<AeadKey>("seed");
         scene.tell(Fate::gone, "derived key", derive_key(seed.reveal(), as_bytes("name")).value().reveal());
     }},
});

constexpr auto ceremony_steps = std::to_array<Step>({
    {"Polynomial::derive", [](Scene const& scene) { polynomial_of(scene); }},
    {"commitments", [](Scene const& scene) { polynomial_of(scene).commitments(); }},
    {"share_for",
     [](Scene const& scene) {
         auto const share = polynomial_of(scene).share_for(2).value();
         scene.tell(Fate::gone, "dealt share", share.reveal());
     }},
    {"prove_constant",
     [](Scene const& scene) {
         auto const seed = scene.secret<CeremonySeed>("ceremony seed");
         polynomial_of(scene).prove_constant(seed, as_bytes(context));
     }},
    {"share_fits",
     [](Scene const& scene) {
         auto const polynomial = polynomial_of(scene);
         auto const share = polynomial.share_for(2).value();
         scene.tell(Fate::gone, "dealt share", share.reveal());
         require(share_fits(share, 2, polynomial.commitments()));
     }},
    {"add_shares",
     [](Scene const& scene) {
         std::vector<OprfKey> shares;
         for (int i = 0; i < 3; ++i) shares.push_back(parse_oprf_key(scene.blind().reveal()).value());
         auto const& sum = keep(scene.kept, add_shares(shares).value());
         scene.tell(Fate::kept, "sum of shares", sum.reveal());
     }},
    {"seal and open a share",
     [](Scene const& scene) {
         auto const receiver = SealingKey::generate(scene.random);
         scene.tell(Fate::gone, "receiver's key", receiver.reveal());
         auto const label = as_bytes("label");
         auto const sealed = seal(receiver.public_key(), label, scene.key().reveal(), scene.random).value();
         auto opened = open(receiver, label, sealed).value();
         require(parse_oprf_key(opened).has_value());
         detail::wipe(opened); // plain text is the caller's to wipe
     }},
});

constexpr auto node_steps = std::to_array<Step>({
    {"SigningKey",
     [](Scene const& scene) {
         auto const& key = keep(scene.kept, SigningKey::generate(scene.random));
         scene.tell(Fate::kept, "signing key", key.reveal_seed());
         key.sign(as_bytes("signed"));
     }},
    {"SealingKey",
     [](Scene const& scene) {
         auto const& key = keep(scene.kept, SealingKey::generate(scene.random));
         scene.tell(Fate::kept, "sealing key", key.reveal());
     }},
    {"aead_seal, aead_open",
     [](Scene const& scene) {
         auto const key = scene.secret<AeadKey>("AEAD key");
         auto const cipher = aead_seal(key, Nonce(), {}, scene.key().reveal());
         auto plain = aead_open(key, Nonce(), {}, cipher).value();
         detail::wipe(plain); // the caller's to wipe
     }},
    {"hmac_sha256", [](Scene const& scene) { hmac_sha256(scene.node_key().reveal(), {as_bytes("text")}); }},
    {"store_key, opening_key, at_rest_key",
     [](Scene const& scene) {
         auto const& key = scene.node_key();
         scene.tell(Fate::gone, "store key", node::store_key(Mode::live, key).reveal());
         scene.tell(Fate::gone, "opening key", node::opening_key(Mode::live, key).reveal());
         scene.tell(Fate::gone, "at-rest key", node::at_rest_key(Mode::live, key).reveal());
     }},
    {"seal_keyring",
     [](Scene const& scene) {
         auto const& keyring = keep(scene.kept, node::Keyring::generate(scene.random));
         tell_keyring(scene, keyring);
         require(node::seal_keyring(Mode::live, keyring, scene.node_key(), scene.random).has_value());
     }},
    {"open_keyring",
     [](Scene const& scene) {
         auto const& key = scene.node_key();
         auto const made = node::Keyring::generate(scene.random);
         auto const file = node::seal_keyring(Mode::live, made, key, scene.random).value();
         tell_keyring(scene, keep(scene.kept, node::open_keyring(Mode::live, file, key).value()));
     }},
    {"seal_node_key",
     [](Scene const& scene) {
         auto const passphrase = told_passphrase(scene);
         auto const& key = scene.node_key();
         require(node::seal_node_key(Mode::live, key, passphrase.reveal(), cheap, scene.random).has_value());
     }},
    {"open_node_key",
     [](Scene const& scene) {
         auto const passphrase = told_passphrase(scene);
         auto const made = scene.random.make<node::NodeKey>();
         auto const file = node::seal_node_key(Mode::live, made, passphrase.reveal(), cheap, scene.random).value();
         auto const& key = keep(scene.kept, node::open_node_key(Mode::live, file, passphrase.reveal()).value());
         scene.tell(Fate::kept, "node key", key.reveal());
     }},
});

/// Does the step, and makes the control. Once before it counts, with other secrets: the dynamic linker looks a function
/// up at its first call, and keeps the registers on the stack meanwhile, whatever they hold. The hardened release
/// resolves all at its start.
void do_step(Step const& step, Telling const& tell, Kept& kept) {
    SystemRandom random;
    {
        Kept first;
        auto const nowhere = ::open("/dev/null", O_WRONLY);
        step.run({random, Telling(nowhere), first});
        ::close(nowhere);
    }
    // The control comes first, so that it does not take the place of what the step leaves on the heap.
    Bytes ordinary(32);
    random.fill(ordinary);
    tell(Fate::ordinary, "control", keep(kept, std::move(ordinary)));
    step.run({random, tell, kept});
}

/// Where each of what was told lies in a process.
struct Places {
    std::vector<bool> kept_apart;    ///< in pages that no dump holds
    std::vector<std::string> dumped; ///< "heap", say, and in which form
};

Places places_of(pid_t process, std::vector<Told> const& told) {
    Places places{std::vector<bool>(told.size()), std::vector<std::string>(told.size())};
    Search const search(told);
    auto const memory = ::open(("/proc/" + std::to_string(process) + "/mem").c_str(), O_RDONLY);
    REQUIRE(memory >= 0);
    for (auto const& mapping : mappings_of(process)) {
        if (mapping.is_file || !mapping.permissions.starts_with('r')) continue;
        Bytes bytes(mapping.end - mapping.begin);
        auto const got = ::pread(memory, bytes.data(), bytes.size(), static_cast<off_t>(mapping.begin));
        if (got <= 0) continue; // [vvar]
        for (auto const& [number, form] : search.in(ByteView(bytes).first(static_cast<std::size_t>(got)))) {
            if (mapping.dumped()) {
                places.dumped[number] += " " + (mapping.name.empty() ? "(no name)" : mapping.name) + form;
            } else {
                places.kept_apart[number] = true;
            }
        }
    }
    ::close(memory);
    return places;
}

void check_memory_after(Step const& step) {
    INFO("after " << step.name);
    Using process([&](Telling const& tell, Kept& kept) { do_step(step, tell, kept); }, [] {});
    auto const places = places_of(process.id(), process.told());
    for (std::size_t i = 0; i < process.told().size(); ++i) {
        auto const& told = process.told()[i];
        INFO(told.name << ", found in:" << places.dumped[i]);
        CHECK(places.kept_apart[i] == (told.fate == Fate::kept));
        CHECK(places.dumped[i].empty() == (told.fate != Fate::ordinary));
    }
    CHECK(process.end() == 0);
}

} // namespace

TEST_CASE("secret memory: a process that used its secrets has them in pages of their own and nowhere else") {
    if (address_sanitizer) {
        WARN("SKIPPED: with the address sanitizer, freed memory and old frames are kept for a while");
        return;
    }
    for (auto const& step : token_steps) check_memory_after(step);
    for (auto const& step : ceremony_steps) check_memory_after(step);
    for (auto const& step : node_steps) check_memory_after(step);
}

namespace {

/// A directory in which a child may dump core.
class Ground {
  public:
    Ground() {
        std::string pattern = (std::filesystem::temp_directory_path() / "fanlight-core-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    Ground(Ground const&) = delete;
    Ground& operator=(Ground const&) = delete;
    ~Ground() { std::filesystem::remove_all(path_); }

    /// The file that is in it, if there is one.
    std::optional<std::filesystem::path> core() const {
        auto const entries = std::filesystem::directory_iterator(path_);
        if (entries == std::filesystem::directory_iterator()) return std::nullopt;
        return entries->path();
    }
    /// In the child: as far as the system lets it, a core would be written here.
    void stand_on() const {
        require(::chdir(path_.c_str()) == 0);
        rlimit limit{};
        require(::getrlimit(RLIMIT_CORE, &limit) == 0);
        limit.rlim_cur = limit.rlim_max;
        require(::setrlimit(RLIMIT_CORE, &limit) == 0);
    }

  private:
    std::filesystem::path path_;
};

/// Why no core would land in the working directory, or nothing.
std::string why_no_core() {
    if (address_sanitizer) return "the address sanitizer allows no core dump";
    std::string pattern;
    std::getline(std::ifstream("/proc/sys/kernel/core_pattern"), pattern);
    if (pattern.empty() || pattern.starts_with('|') || pattern.find('/') != std::string::npos)
        return "the kernel hands core dumps to somebody else (/proc/sys/kernel/core_pattern)";
    rlimit limit{};
    if (::getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != RLIM_INFINITY)
        return "RLIMIT_CORE allows no whole core dump";
    return "";
}

/// The memory in a core dump, which is an ELF file (elf(5)) of this machine. What the registers held is in its notes,
/// and left out: what was copied last is in them.
Bytes memory_in(std::filesystem::path const& core) {
    std::ifstream file(core, std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    REQUIRE(text.size() > sizeof(Elf64_Ehdr));
    Elf64_Ehdr header;
    std::memcpy(&header, text.data(), sizeof header);
    Bytes memory;
    for (std::size_t i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        REQUIRE(text.size() >= header.e_phoff + (i + 1) * sizeof segment);
        std::memcpy(&segment, &text[header.e_phoff + i * sizeof segment], sizeof segment);
        if (segment.p_type == PT_LOAD) append(memory, text.substr(segment.p_offset, segment.p_filesz));
    }
    return memory;
}

void use_keys(Telling const& tell, Kept& kept) {
    for (auto const& step : token_steps) do_step(step, tell, kept);
    for (auto const& step : ceremony_steps) do_step(step, tell, kept);
}

} // namespace

TEST_CASE("secret memory: no secret is in a core dump, were one made") {
    if (auto const why = why_no_core(); !why.empty()) {
        WARN("SKIPPED: " << why << ", so no dump was looked into");
        return;
    }
    Ground const ground;
    Using process(
        [&](Telling const& tell, Kept& kept) {
            ground.stand_on();
            use_keys(tell, kept);
        },
        std::abort);
    auto const status = process.end();
    REQUIRE(dies_by(status, SIGABRT));
    REQUIRE(WCOREDUMP(status));
    auto const core = ground.core();
    REQUIRE(core.has_value());
    auto const found = Search(process.told()).in(memory_in(*core));
    for (std::size_t i = 0; i < process.told().size(); ++i) {
        auto const& told = process.told()[i];
        INFO(told.name);
        auto const in_core = std::any_of(found.begin(), found.end(), [&](auto const& one) { return one.first == i; });
        CHECK(in_core == (told.fate == Fate::ordinary));
    }
}

TEST_CASE("secret memory: a process of ours makes no core dump") {
    Ground const ground;
    Using process(
        [&](Telling const& tell, Kept& kept) {
            ground.stand_on();
            node::close_doors();
            rlimit limit{};
            require(::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0);
            require(::prctl(PR_GET_DUMPABLE) == 0);
            use_keys(tell, kept);
        },
        std::abort);
    auto const status = process.end();
    CHECK(dies_by(status, SIGABRT));
    CHECK_FALSE(WCOREDUMP(status));
    CHECK_FALSE(ground.core().has_value());
}
