// One whole-family query over the practice federation on real stores and logs (house.hpp), part by part, beside the
// work that cannot be avoided: the multiplications of secret scalars, and one flush for each step that logs something.

#include "crypto/labels.hpp"
#include "crypto/practice/practice_dealer.hpp"
#include "echo.hpp"
#include "house.hpp"
#include "policy/decide.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

namespace fanlight::bench {

namespace {

using namespace protocol;

constexpr char const* family_name = "feriha"; // six people, and everybody is asked, Probation too
constexpr std::size_t queries = 7;
constexpr double ms = 1e3;

/// Seconds for 4 kB over old bytes of a file and fdatasync, as the shortest durable commit does it.
Spread flush_cost(std::filesystem::path const& directory) {
    constexpr std::size_t block = 4096;
    std::string const bytes(block, 'x');
    int const file = ::open((directory / "flush").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    std::vector<double> samples;
    for (std::size_t i = 0; i < 220; ++i) {
        auto const took = time_of([&] {
            if (::pwrite(file, bytes.data(), block, static_cast<off_t>(i % 16 * block)) < 0 || ::fdatasync(file) != 0)
                give_up("cannot flush");
        });
        if (i >= 20) samples.push_back(took); // the first ones make the file
    }
    ::close(file);
    return spread_of(std::move(samples));
}

/// What was in a query's frames.
struct Traffic {
    struct Message {
        PartyId sender;
        PartyId recipient;
        Bytes frame;
        Envelope envelope;
    };
    std::vector<Message> messages;
    std::size_t frames = 0;
    std::size_t bytes = 0;
    std::vector<std::size_t> jobs; ///< elements of each job, padding included
    std::size_t requests = 0;      ///< to holders
};

Traffic traffic_of(House const& house, std::vector<Bytes> const& frames) {
    Traffic found;
    std::size_t last_size = 0;
    Bytes last;
    for (auto const& bytes : frames) {
        ++found.frames;
        found.bytes += bytes.size();
        auto const frame = must(decode_frame(bytes), "frame");
        auto envelope = house.keys().open(frame);
        if (!envelope) continue; // an acknowledgement
        if (envelope->type == MessageType::evaluate_request) {
            auto const request = must(decode_evaluate_request(envelope->payload), "request");
            ++found.requests;
            // The same elements go to several holders.
            auto const first = to_bytes(request.blinded.front().view());
            if (first != last || request.blinded.size() != last_size) found.jobs.push_back(request.blinded.size());
            last = first;
            last_size = request.blinded.size();
        }
        found.messages.push_back({frame.sender, frame.recipient, bytes, std::move(*envelope)});
    }
    return found;
}

/// Every message once more: sealed, signed and framed; then unframed, opened and verified.
double seal_and_open(House const& house, Traffic const& traffic, crypto::Random& random) {
    auto const& keys = house.keys();
    std::vector<Envelope> copies;
    for (auto const& message : traffic.messages) copies.push_back(message.envelope);
    return cpu_time_of([&] {
        for (std::size_t i = 0; i < copies.size(); ++i) {
            auto const& message = traffic.messages[i];
            auto const& from = keys.at(message.sender.text());
            auto const& to = keys.at(message.recipient.text());
            Parties const parties{keys.agreement().mode, message.sender, message.recipient};
            auto sealed =
                must(seal_envelope(parties, std::move(copies[i]), from.node_key, to.sealing_key.public_key(), random),
                     "seal");
            auto const bytes = encode_frame(
                {FrameKind::message, random.make<FrameId>(), message.sender, message.recipient, std::move(sealed)});
            auto const frame = must(decode_frame(bytes), "frame");
            must(open_envelope(parties, frame.sealed, to.sealing_key, from.node_key.verify_key()), "open");
        }
    });
}

/// Seconds to make everything that is evaluated for a family, from names to inputs.
double anchors(House const& house, Family const& family, std::size_t& count) {
    auto const anchor_label = crypto::label(house.agreement().mode, crypto::Label::anchor);
    auto const component_label = crypto::label(house.agreement().mode, crypto::Label::component);
    std::vector<Identity> people;
    for (auto const& person : family.people) people.push_back(person.identity);
    auto const all = [&] {
        count = 0;
        for (std::size_t i = 0; i < people.size(); ++i)
            count += inputs_of(descriptors_of(people, i, {anchor_label, component_label})).size();
    };
    return measure({{all, 1}}, 0.2)[0].median;
}

/// As it arrives: every element is parsed, as the wire codec does it.
template <class T> std::vector<T> received(std::vector<T> const& sent) {
    std::vector<T> elements;
    for (auto const& one : sent) elements.push_back(must(T::parse(one.view()), "parse"));
    return elements;
}

/// Seconds for the tokens of one job, everybody's work: as TokenClient and KeyHolder do it.
struct TokenTimes {
    double client = 0;
    double holders = 0;
};
TokenTimes token_times(std::size_t inputs, std::size_t padded, std::size_t holders_asked) {
    constexpr std::uint8_t threshold = 2;
    constexpr std::uint8_t holders = 3;
    crypto::SeededRandom random(3);
    auto const dealt = crypto::deal(random, threshold, holders);
    std::vector<Bytes> texts(padded, Bytes(64));
    std::vector<ByteView> views(texts.begin(), texts.end());
    std::vector<crypto::Blind> blinds;
    std::optional<crypto::BlindedBatch> sent;
    std::vector<crypto::ProvenAnswer> answers;
    TokenTimes times;
    times.client += cpu_time_of([&] {
        for (auto& text : texts) {
            random.fill(text);
            blinds.push_back(crypto::random_blind(random));
        }
        sent = must(crypto::BlindedBatch::make(must(crypto::blind_batch(views, blinds), "blind")), "batch");
    });
    for (std::size_t holder = 0; holder < holders_asked; ++holder) {
        auto const& share = dealt.shares[holder];
        std::vector<crypto::Evaluated> evaluated;
        crypto::Proof proof;
        times.holders += cpu_time_of([&] {
            auto const blinded = received(sent->elements());
            evaluated = must(crypto::evaluate_batch(share.key, blinded), "evaluate");
            proof = must(crypto::prove(share.key, blinded, evaluated, crypto::random_proof_nonce(random)), "prove");
        });
        if (holder >= threshold) continue; // comes when the job is done, and is not looked at
        times.client += cpu_time_of([&] {
            answers.push_back(
                must(crypto::ProvenAnswer::verify(share.public_key, share.index, *sent, received(evaluated), proof),
                     "verify"));
        });
    }
    views.resize(inputs);
    blinds.erase(blinds.begin() + static_cast<std::ptrdiff_t>(inputs), blinds.end());
    times.client += cpu_time_of([&] {
        auto const combined = must(crypto::combine(answers, holders, inputs), "combine");
        std::array<crypto::ShareIndex, threshold> const indices{answers[0].index(), answers[1].index()};
        auto const lagrange = must(crypto::lagrange_at_zero(indices, holders), "lagrange");
        must(crypto::finalize_batch(views, blinds, combined, lagrange.denominator), "finalize");
    });
    return times;
}

/// Seconds for every decision of one query: an agency takes one or two a slot, the coordinator one for each fact that
/// it would tell about each person.
double decisions(House const& house, Case const& item) {
    auto const& agreement = house.agreement();
    policy::Decider const decider(agreement); // as a node keeps one
    std::size_t count = 0;
    auto const all = [&] {
        count = 0;
        auto const take = [&](std::string const& role, bool sensitive, policy::DataField field) {
            policy::Request request{};
            request.role = role;
            request.sensitive = sensitive;
            request.field = field;
            request.purpose = item.family.purpose;
            request.route = item.family.route;
            request.own_colour = policy::Colour::amber;
            auto const decision = decider.decide(request);
            count += decision.valueless_by_exception() ? 0U : 1U;
        };
        for (auto const& [id, state] : item.parties) {
            auto const& party = *agreement.find(id);
            using policy::DataField;
            for (std::size_t person = 0; person < item.family.people.size(); ++person)
                for (auto const field :
                     {DataField::fact_role, DataField::fact_source, DataField::fact_domestic_abuse,
                      DataField::fact_dash, DataField::fact_marac, DataField::fact_consent, DataField::fact_told})
                    take(party.role, false, field);
            for (std::size_t slot = 0; slot < limits::slots; ++slot)
                for (auto const field : {DataField::not_known, DataField::colour})
                    take(party.role, party.sensitive, field);
        }
    };
    return measure({{all, 1}}, 0.2)[0].median;
}

struct Measured {
    double total = 0;
    Ledger ledger;
};

std::vector<Measured> ask_several(House& house, Family const& family, Case const*& last) {
    std::vector<Measured> all;
    for (std::size_t i = 0; i < queries; ++i) {
        house.ledger() = {};
        auto const before = counted();
        last = &house.ask(family);
        Measured one{0, house.ledger()};
        one.ledger.counted = counted() - before;
        auto const sum = one.ledger.sum();
        one.total = sum.engine_s + sum.commit_s + sum.publish_s;
        if (i != 0) all.push_back(std::move(one)); // the first one warms
    }
    std::sort(all.begin(), all.end(), [](auto const& left, auto const& right) { return left.total < right.total; });
    return all;
}

void add_steps(Report& report, Ledger& ledger) {
    for (std::size_t i = 0; i < parts; ++i) {
        auto const& entry = ledger.by_part[i];
        if (entry.steps == 0) continue;
        std::string const what = name(static_cast<Part>(i));
        auto const steps = std::to_string(entry.steps);
        report.add({"step: " + what + " (" + steps + " steps)",
                    (entry.engine_s + entry.commit_s + entry.publish_s) * ms,
                    "ms",
                    entry.engine_s * ms,
                    "its engine alone",
                    {}});
        report.add({"flushes: " + what,
                    double(entry.flushes),
                    "flushes",
                    double(entry.publishes),
                    "steps that log something",
                    {}});
    }
}

} // namespace

void bench_query(Report& report, std::filesystem::path const& directory) {
    House house(directory);
    auto const today = day_of(house.now());
    for (auto const& member : house.keys().members()) {
        auto const& party = member->party.text();
        if (house.node(party).agency() == nullptr) continue;
        house.import(party, simulation::practice_people(party, today));
        house.enrol(party);
    }
    house.open_epoch();
    auto const family = simulation::practice_family(family_name, house.agreement());
    Case const* item = nullptr;
    auto all = ask_several(house, family, item);
    auto& middle = all[all.size() / 2];
    auto& ledger = middle.ledger;
    auto const sum = ledger.sum();
    auto const traffic = traffic_of(house, ledger.frames);

    // The references, in the same run.
    crypto::SeededRandom random(5);
    auto const scalar = crypto::random_blind(random);
    Bytes const text(64, std::uint8_t(1));
    auto const point = must(crypto::blind(text, scalar), "blind");
    auto const share = crypto::deal(random, 2, 3);
    auto const multiplication =
        measure({{[&] { must(crypto::evaluate(share.shares[0].key, point), "evaluate"); }, 1}}, 0.5)[0].median;
    auto const flush = flush_cost(directory);

    // The parts.
    std::size_t inputs = 0;
    auto const anchor_s = 2 * anchors(house, family, inputs); // checked when submitted, then made
    double client_s = 0;
    double holder_s = 0;
    double needed = 0;
    for (auto const padded : traffic.jobs) {
        auto const asked = traffic.requests / traffic.jobs.size();
        auto times = token_times(inputs, padded, asked);
        for (int again = 0; again < 2; ++again) {
            auto const next = token_times(inputs, padded, asked);
            times = {std::min(times.client, next.client), std::min(times.holders, next.holders)};
        }
        client_s += times.client;
        holder_s += times.holders;
        needed += double(padded * 3 + inputs); // blind and two evaluations with the padding, unblinding without
    }
    auto mail_s = seal_and_open(house, traffic, random);
    for (int again = 0; again < 2; ++again) mail_s = std::min(mail_s, seal_and_open(house, traffic, random));
    auto const policy_s = decisions(house, *item);
    auto const small = link_round_trip(2048, 300);
    auto const large = link_round_trip(33 * 1024, 300);
    double wire_s = 0;
    for (auto const& bytes : ledger.frames) wire_s += (bytes.size() > 8192 ? large.median : small.median) / 2;
    auto const rest_s = sum.engine_s - client_s - holder_s - anchor_s - mail_s - ledger.find_s - policy_s;
    auto const sync_needed = double(sum.publishes);
    auto const unavoidable = needed * multiplication + sync_needed * flush.median;

    auto const whole = "the whole query";
    auto const part = [&](std::string what, double seconds) {
        report.add({std::move(what), seconds * ms, "ms", middle.total * ms, whole, {}});
    };
    report.add({"six people, 11 agencies: all nodes' work, one after another", middle.total * ms, "ms",
                unavoidable * ms, "unavoidable multiplications and flushes", all.front().total * ms});
    report.add({"  without waiting for the disk",
                (middle.total - ledger.counted.flush_s) * ms,
                "ms",
                needed * multiplication * ms,
                "unavoidable multiplications",
                {}});
    part("tokens: coordinator (blind, parse, verify, combine, finalize)", client_s);
    part("tokens: holders (parse, evaluate, prove)", holder_s);
    part("tokens: anchors from names", anchor_s);
    part("network: seal, sign, open, verify every message", mail_s);
    part("matching: index and records", ledger.find_s);
    part("policy: decisions", policy_s);
    part("engines: everything else, by subtraction", rest_s);
    part("log: commits to the store", sum.commit_s);
    part("log: publishing heads", sum.publish_s);
    part("  of both: waiting for the disk", ledger.counted.flush_s);
    report.add({"network: these frames over loopback links, not in the sum", wire_s * ms, "ms", std::nullopt, "", {}});
    report.add(
        {"multiplications", double(ledger.counted.multiplications), "count", needed, "blind, 2 evaluate, unblind", {}});
    report.add({"flushes", double(ledger.counted.flushes), "count", sync_needed, "steps that log something", {}});
    report.add({"store commits that flush", double(sum.commits), "count", sync_needed, "steps that log something", {}});
    report.add({"rounds of evaluation", double(traffic.jobs.size()), "count", 1.0, "one family", {}});
    if (!traffic.jobs.empty())
        report.add({"tokens in a round, padding included",
                    double(traffic.jobs.front()),
                    "count",
                    double(inputs),
                    "inputs of the family",
                    {}});
    report.add({"look-ups in indexes", double(ledger.finds), "count", std::nullopt, "", {}});
    report.add({"frames", double(traffic.frames), "count", double(traffic.messages.size()), "messages", {}});
    report.add({"bytes on the wire", double(traffic.bytes) / 1024, "KiB", std::nullopt, "", {}});
    report.add({"one flush of 4 KiB", flush.median * 1e6, "us", std::nullopt, "", flush.best * 1e6});
    report.add({"link round trip, 2 KiB", small.median * 1e6, "us", std::nullopt, "", small.best * 1e6});
    report.add({"link round trip, 33 KiB", large.median * 1e6, "us", std::nullopt, "", large.best * 1e6});
    add_steps(report, ledger);
}

} // namespace fanlight::bench
