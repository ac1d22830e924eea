// Enrolling an agency's people through 2 of 3 holders, folded: the cryptography of all roles, beside the
// multiplications that cannot be avoided, each libsodium's own. Both use all cores and are measured by the clock and in
// CPU time. Outside: reading records, standardising names, wire, store and log (the bench "import" has those).

#include "crypto/labels.hpp"
#include "node/import/people_csv.hpp"
#include "protocol/engine/matching.hpp"
#include "synthetic.hpp"
#include "tokens.hpp"

#include <sodium.h>

#include <atomic>
#include <ctime>
#include <map>
#include <thread>

namespace fanlight::bench {

namespace {

using namespace crypto;

constexpr std::size_t people_count = 10'000;
constexpr double large_agency = 1e6;
constexpr auto today_text = "2026-11-22";
constexpr std::uint8_t holders = 3;
constexpr std::uint8_t threshold = 2;
constexpr std::size_t unavoidable = threshold + 2; // blind, evaluate by each, unblind
constexpr std::size_t floor_every = 3;             // the floor is measured after every third batch: it hardly varies
constexpr double enrol_goal = 1.5;

/// The tasks of a batch on every core.
Parallel all_cores() {
    return [](std::size_t count, std::function<void(std::size_t)> const& task) {
        std::atomic<std::size_t> next{0};
        auto const work = [&] {
            for (auto i = next++; i < count; i = next++) task(i);
        };
        std::vector<std::thread> others;
        for (std::size_t i = 1; i < std::min<std::size_t>(count, std::thread::hardware_concurrency()); ++i)
            others.emplace_back(work);
        work();
        for (auto& other : others) other.join();
    };
}

double process_cpu_s() {
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return double(used.tv_sec) + double(used.tv_nsec) * 1e-9;
}

/// Summed over batches.
struct Spent {
    double wall_s = 0;
    double cpu_s = 0;
    std::size_t tokens = 0;

    template <class Work> void add(std::size_t count, Work const& work) {
        auto const cpu = process_cpu_s();
        wall_s += time_of(work);
        cpu_s += process_cpu_s() - cpu;
        tokens += count;
    }
    double wall() const { return wall_s / double(tokens); }
    double cpu() const { return cpu_s / double(tokens); }
};

std::vector<Bytes> inputs_of_people() {
    auto const file = node::read_people_csv(synthetic_people(2, people_count), must(parse_day(today_text), "day"));
    if (file.people.size() != people_count) give_up("synthetic people");
    std::map<std::string, std::vector<protocol::Identity>> families;
    for (auto const& person : file.people) families[person.family_id].push_back(person.identity);
    auto const anchor_label = label(Mode::practice, Label::anchor);
    auto const component_label = label(Mode::practice, Label::component);
    std::vector<Bytes> inputs;
    for (auto const& family : families)
        for (std::size_t i = 0; i < family.second.size(); ++i)
            for (auto& input :
                 protocol::inputs_of(protocol::descriptors_of(family.second, i, {anchor_label, component_label})))
                inputs.push_back(std::move(input));
    return inputs;
}

/// As it arrives: every element is parsed, as the wire codec does it.
template <class T> Bytes sent_as(std::vector<T> const& elements) {
    Bytes bytes;
    for (auto const& one : elements) append(bytes, one.view());
    return bytes;
}

class Enrolment {
  public:
    Enrolment() {
        for (std::size_t i = 0; i < threshold; ++i) {
            auto const& share = dealt_.shares[i];
            keys_.push_back(must(fold(share.key, share.index, set_), "fold"));
            publics_.push_back(must(fold(share.public_key, share.index, set_), "fold"));
        }
    }
    /// The client blinds; each holder evaluates and proves; the client verifies, combines, unblinds.
    void run(std::span<ByteView const> inputs) {
        std::vector<Blind> blinds;
        for (std::size_t i = 0; i < inputs.size(); ++i) blinds.push_back(random_blind(random_));
        auto const sent = must(BlindedBatch::make(must(blind_batch(inputs, blinds, cores_), "blind"), cores_), "batch");
        std::vector<ProvenAnswer> answers;
        for (std::size_t i = 0; i < threshold; ++i) {
            auto const blinded = must(parse_blinded(sent_as(sent.elements()), cores_), "parse");
            auto const evaluated = must(evaluate_batch(keys_[i], blinded, cores_), "evaluate");
            auto const proof = must(prove(keys_[i], blinded, evaluated, random_proof_nonce(random_), cores_), "prove");
            auto const answer = must(parse_evaluated(sent_as(evaluated), cores_), "parse");
            answers.push_back(
                must(ProvenAnswer::verify(publics_[i], dealt_.shares[i].index, sent, answer, proof, cores_), "verify"));
        }
        auto const combined = must(combine_folded(answers, set_, inputs.size(), cores_), "combine");
        must(finalize_batch(inputs, blinds, combined, 1, cores_), "finalize");
    }
    /// The multiplications of as many tokens, on all cores.
    void floor(std::size_t tokens) {
        auto const scalar = random_blind(random_);
        auto const element = must(blind(as_bytes("floor"), scalar), "blind");
        cores_(tokens, [&](std::size_t) {
            std::array<std::uint8_t, crypto_core_ristretto255_BYTES> product{};
            for (std::size_t i = 0; i < unavoidable; ++i)
                if (crypto_scalarmult_ristretto255(product.data(), scalar.reveal().data(), element.view().data()) != 0)
                    give_up("multiplication");
        });
    }

  private:
    SystemRandom random_;
    Parallel cores_ = all_cores();
    Deal dealt_ = deal(random_, threshold, holders);
    HolderSet set_ = must(HolderSet::from_bits((1U << threshold) - 1, holders), "holder set"); ///< the first ones
    std::vector<OprfKey> keys_;
    std::vector<HolderPublic> publics_;
};

} // namespace

void bench_enrolling(Report& report) {
    auto const inputs = inputs_of_people();
    std::vector<ByteView> const views(inputs.begin(), inputs.end());
    Enrolment enrolment;
    enrolment.run(std::span(views).first(limits::evaluate_batch_max)); // caches
    Spent spent;
    Spent floor;
    std::size_t number = 0;
    for (std::size_t done = 0; done < views.size(); done += limits::evaluate_batch_max) {
        auto const some = std::span(views).subspan(done, std::min(limits::evaluate_batch_max, views.size() - done));
        spent.add(some.size(), [&] { enrolment.run(some); });
        if (number++ % floor_every == 0) floor.add(some.size(), [&] { enrolment.floor(some.size()); });
    }
    auto const tokens_each = double(inputs.size()) / double(people_count);
    auto const million = [&](double each_s) { return large_agency * tokens_each * each_s / 60; };
    constexpr auto reference = "4 multiplications a token on the same cores";
    report.add({"enrolling: tokens of a person, 10,000 people", tokens_each, "tokens", std::nullopt, "", {}});
    report.add({"enrolling 1 million people, all roles, all cores, extrapolated from 10,000",
                million(spent.wall()),
                "min",
                million(floor.wall()),
                reference,
                {}});
    report.add({"  the same in CPU time", million(spent.cpu()), "min", million(floor.cpu()), reference, {}});
    report.add({"enrol_1m_vs_floor",
                spent.wall() / floor.wall(),
                "x",
                enrol_goal,
                "the goal; by the clock, from 10,000 people",
                {}});
    report.add({"enrol_1m_vs_floor, CPU time",
                spent.cpu() / floor.cpu(),
                "x",
                enrol_goal,
                "the goal; from 10,000 people",
                {}});
}

} // namespace fanlight::bench
