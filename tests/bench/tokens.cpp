// Identity tokens, step by step, beside libsodium's raw multiplication. Includes <sodium.h>, which elsewhere only the
// crypto room may: the reference has to be libsodium itself, without a line of ours around it.

#include "bench.hpp"
#include "crypto/practice/practice_dealer.hpp"

#include <sodium.h>

namespace fanlight::bench {

namespace {

using namespace crypto;

constexpr std::size_t batch = 128; // a query's padding, and an enrolment's
constexpr double budget_s = 6;

/// Everything that one batch goes through, made once.
struct Batch {
    SeededRandom random{1};
    Deal dealt = deal(random, 2, 3);
    std::vector<Bytes> inputs;
    std::vector<ByteView> views;
    std::vector<Blind> blinds;
    std::vector<Blinded> blinded;
    std::vector<HolderAnswer> answers;
    std::vector<Evaluated> combined;
    std::vector<Proof> proofs;
    std::int64_t denominator = 1;

    Batch() {
        for (std::size_t i = 0; i < batch; ++i) {
            inputs.emplace_back(64); // about the length of an anchor
            random.fill(inputs.back());
            blinds.push_back(random_blind(random));
            blinded.push_back(must(blind(inputs.back(), blinds.back()), "blind"));
        }
        views.assign(inputs.begin(), inputs.end());
        std::vector<ShareIndex> indices;
        for (std::size_t i = 0; i < 2; ++i) {
            auto const& share = dealt.shares[i];
            answers.push_back({share.index, {}});
            for (auto const& one : blinded)
                answers.back().evaluated.push_back(must(evaluate(share.key, one), "evaluate"));
            proofs.push_back(
                must(prove(share.key, blinded, answers.back().evaluated, random_proof_nonce(random)), "prove"));
            indices.push_back(share.index);
        }
        combined = must(combine(answers, 3), "combine");
        denominator = must(lagrange_at_zero(indices, 3), "lagrange").denominator;
    }
};

std::function<void()> raw_multiplication(Batch& made) {
    return [&made] {
        std::array<std::uint8_t, crypto_core_ristretto255_BYTES> product{};
        for (std::size_t i = 0; i < batch; ++i)
            if (crypto_scalarmult_ristretto255(product.data(), made.blinds[i].reveal().data(),
                                               made.blinded[i].view().data()) != 0)
                give_up("multiplication");
    };
}

struct Step {
    char const* name;
    std::function<void()> run;
};

std::vector<Step> steps(Batch& made) {
    auto const& share = made.dealt.shares[0];
    return {
        {"blind",
         [&made] {
             for (std::size_t i = 0; i < batch; ++i) must(blind(made.inputs[i], made.blinds[i]), "blind");
         }},
        {"evaluate",
         [&made, &share] {
             for (auto const& one : made.blinded) must(evaluate(share.key, one), "evaluate");
         }},
        {"prove, a batch of 128",
         [&made, &share] {
             must(prove(share.key, made.blinded, made.answers[0].evaluated, random_proof_nonce(made.random)), "prove");
         }},
        {"verify, a batch of 128",
         [&made, &share] {
             must(verify(share.public_key, made.blinded, made.answers[0].evaluated, made.proofs[0]), "verify");
         }},
        {"combine 2 of 3", [&made] { must(combine(made.answers, 3), "combine"); }},
        {"finalize",
         [&made] {
             for (std::size_t i = 0; i < batch; ++i)
                 must(finalize(made.inputs[i], made.blinds[i], made.combined[i], made.denominator), "finalize");
         }},
        {"finalize_batch of 128",
         [&made] { must(finalize_batch(made.views, made.blinds, made.combined, made.denominator), "finalize_batch"); }},
    };
}

} // namespace

void bench_tokens(Report& report, std::filesystem::path const&) {
    start_library();
    Batch made;
    auto const all = steps(made);
    std::vector<Work> works{{raw_multiplication(made), batch}};
    for (auto const& step : all) works.push_back({step.run, batch});
    auto const times = measure(works, budget_s);
    auto const raw = times[0];
    constexpr double us = 1e6;
    constexpr auto one = "crypto_scalarmult_ristretto255";
    report.add({"libsodium: one multiplication", raw.median * us, "us", std::nullopt, one, raw.best * us});
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const& time = times[i + 1];
        report.add({all[i].name, time.median * us, "us/item", raw.median * us, one, time.best * us});
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const& time = times[i + 1];
        report.add({all[i].name, 1 / time.median, "items/s", 1 / raw.median, one, 1 / time.best});
    }
    // The order of `steps`: blind 1, evaluate 2, prove 3, verify 4, combine 5, finalize 6, finalize_batch 7.
    auto const sum = [&](std::vector<double> const& counts) {
        double total = 0;
        for (std::size_t i = 0; i < counts.size(); ++i) total += counts[i] * times[i + 1].median;
        return total;
    };
    auto const whole = sum({1, 1, 1, 1, 0, 0, 1});
    auto const threshold = sum({1, 2, 2, 2, 1, 0, 1});
    report.add({"a whole token, one holder, one core",
                1 / whole,
                "items/s",
                1 / (3 * raw.median),
                "3 multiplications: blind, evaluate, unblind",
                {}});
    report.add({"a whole token, 2 of 3 holders, one core",
                1 / threshold,
                "items/s",
                1 / (4 * raw.median),
                "4 multiplications: blind, 2 evaluate, unblind",
                {}});
}

} // namespace fanlight::bench
