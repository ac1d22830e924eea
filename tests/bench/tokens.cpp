// Identity tokens, step by step, beside libsodium's raw multiplication and other implementations. Includes <sodium.h>,
// which elsewhere only the crypto room may: the reference has to be libsodium itself, without a line of ours around it.

#include "tokens.hpp"

#include "crypto/point.hpp"
#include "peers.hpp"

#include <sodium.h>

#include <algorithm>

namespace fanlight::bench {

namespace {

using namespace crypto;

constexpr std::size_t batch = limits::evaluate_batch_max;
constexpr std::size_t input_bytes = 64; // about the length of an anchor
constexpr double budget_s = 10;
constexpr double peers_budget_s = 3;
constexpr double us = 1e6;
constexpr double whole_vs_psi_js_goal = 12;
constexpr double combine_t4_goal_us = 45;

/// What one client sends.
struct Asked {
    SeededRandom random{1};
    std::vector<Bytes> inputs;
    std::vector<ByteView> views;
    std::vector<Blind> blinds;
    std::vector<Blinded> blinded;

    Asked() {
        for (std::size_t i = 0; i < batch; ++i) {
            inputs.emplace_back(input_bytes);
            random.fill(inputs.back());
            blinds.push_back(random_blind(random));
        }
        views.assign(inputs.begin(), inputs.end());
        blinded = must(blind_batch(views, blinds), "blind_batch");
    }
    BlindedBatch decoded() const { return must(BlindedBatch::make(blinded), "blinded batch"); }
};

/// What t of n holders answer, and what the client makes of it.
struct Answered {
    struct Holder {
        ShareIndex index;
        OprfKey key; ///< folded, if the set is
        HolderPublic public_key;
        std::vector<Evaluated> evaluated;
        Proof proof;
    };
    std::uint8_t holders;
    HolderSet set;
    std::vector<Holder> answering;
    std::vector<ProvenAnswer> proven;

    Answered(Asked& asked, std::uint8_t threshold, std::uint8_t count, bool folded)
        : holders(count), set(first(threshold, count)) {
        auto dealt = deal(asked.random, threshold, count);
        auto const sent = asked.decoded();
        for (std::size_t i = 0; i < threshold; ++i) {
            auto& share = dealt.shares[i];
            auto key = folded ? must(fold(share.key, share.index, set), "fold") : std::move(share.key);
            auto const public_key = folded ? must(fold(share.public_key, share.index, set), "fold") : share.public_key;
            auto evaluated = must(evaluate_batch(key, asked.blinded), "evaluate_batch");
            auto const proof = must(prove(key, asked.blinded, evaluated, random_proof_nonce(asked.random)), "prove");
            proven.push_back(must(ProvenAnswer::verify(public_key, share.index, sent, evaluated, proof), "verify"));
            Holder holder{share.index, std::move(key), public_key, std::move(evaluated), proof};
            answering.push_back(std::move(holder));
        }
    }

  private:
    static HolderSet first(std::uint8_t threshold, std::uint8_t count) {
        std::vector<ShareIndex> indices;
        for (ShareIndex i = 1; i <= threshold; ++i) indices.push_back(i);
        return must(HolderSet::make(indices, count), "holder set");
    }
};

std::function<void()> raw_multiplication(Asked const& asked) {
    return [&asked] {
        std::array<std::uint8_t, crypto_core_ristretto255_BYTES> product{};
        for (std::size_t i = 0; i < batch; ++i)
            if (crypto_scalarmult_ristretto255(product.data(), asked.blinds[i].reveal().data(),
                                               asked.blinded[i].view().data()) != 0)
                give_up("multiplication");
    };
}

/// What the wire codec does with the elements that come in.
template <class T> Bytes sent_as(std::vector<T> const& elements) {
    Bytes bytes;
    for (auto const& one : elements) append(bytes, one.view());
    return bytes;
}

std::function<void()> decoding(Answered const& answered) {
    return [&answered] {
        for (auto const& holder : answered.answering)
            for (auto const& one : holder.evaluated)
                if (!point::decode(one.view().first<Evaluated::size_bytes>())) give_up("decode");
    };
}

std::function<void()> combining(Answered const& answered) {
    return [&answered] { must(combine(answered.proven, answered.holders, batch), "combine"); };
}

/// In the order of a token's life.
enum class Step : std::size_t {
    multiply,
    blind,
    parse_blinded,
    evaluate,
    prove,
    parse_evaluated,
    decode_blinded,
    verify,
    combine_2_of_3,
    combine_folded_2_of_3,
    combine_4_of_7,
    decode_4,
    finalize,
    finalize_single,
};
constexpr std::array step_names = {"libsodium: one multiplication",
                                   "blind_batch",
                                   "parse_blinded, at the holder",
                                   "evaluate_batch",
                                   "prove",
                                   "parse_evaluated, at the client",
                                   "BlindedBatch::make, once for all holders",
                                   "ProvenAnswer::verify",
                                   "combine 2 of 3, unfolded",
                                   "combine_folded 2 of 3",
                                   "combine 4 of 7, unfolded",
                                   "decoding 4 answers (a part of 4 verify)",
                                   "finalize_batch",
                                   "finalize, one by one"};
constexpr std::size_t index_of(Step step) {
    return static_cast<std::size_t>(step);
}
static_assert(step_names.size() == index_of(Step::finalize_single) + 1);

/// Seconds for a token in each step, one thread.
class Times {
  public:
    explicit Times(std::vector<Spread> spreads) : spreads_(std::move(spreads)) {}
    Spread const& of(Step step) const { return spreads_[index_of(step)]; }
    double median(Step step) const { return of(step).median; }
    /// Everything that `holders` holders and one client do, but for combining.
    double token(double holders) const {
        return median(Step::blind) + median(Step::decode_blinded) + median(Step::finalize) +
               holders * (median(Step::parse_blinded) + median(Step::evaluate) + median(Step::prove) +
                          median(Step::parse_evaluated) + median(Step::verify));
    }

  private:
    std::vector<Spread> spreads_;
};

Times measure_steps() {
    Asked asked;
    Answered const single(asked, 1, 1, false);
    Answered const two_of_three(asked, 2, 3, false);
    Answered const folded(asked, 2, 3, true);
    Answered const four_of_seven(asked, 4, 7, false);
    auto const sent = asked.decoded();
    auto const& holder = single.answering[0];
    std::vector<Work> works(step_names.size());
    auto const at = [&](Step step) -> std::function<void()>& { return works[index_of(step)].run; };
    at(Step::multiply) = raw_multiplication(asked);
    at(Step::blind) = [&] { must(blind_batch(asked.views, asked.blinds), "blind_batch"); };
    auto const blinded_bytes = sent_as(asked.blinded);
    at(Step::parse_blinded) = [&] { must(parse_blinded(blinded_bytes), "parse_blinded"); };
    at(Step::evaluate) = [&] { must(evaluate_batch(holder.key, asked.blinded), "evaluate_batch"); };
    at(Step::prove) = [&] {
        must(prove(holder.key, asked.blinded, holder.evaluated, random_proof_nonce(asked.random)), "prove");
    };
    auto const evaluated_bytes = sent_as(holder.evaluated);
    at(Step::parse_evaluated) = [&] { must(parse_evaluated(evaluated_bytes), "parse_evaluated"); };
    at(Step::decode_blinded) = [&] { asked.decoded(); };
    at(Step::verify) = [&] {
        must(ProvenAnswer::verify(holder.public_key, holder.index, sent, holder.evaluated, holder.proof), "verify");
    };
    at(Step::combine_2_of_3) = combining(two_of_three);
    at(Step::combine_folded_2_of_3) = [&] { must(combine_folded(folded.proven, folded.set, batch), "combine_folded"); };
    at(Step::combine_4_of_7) = combining(four_of_seven);
    at(Step::decode_4) = decoding(four_of_seven);
    at(Step::finalize) = [&] { must(finalize_batch(asked.views, asked.blinds, holder.evaluated), "finalize_batch"); };
    at(Step::finalize_single) = [&] {
        for (std::size_t i = 0; i < batch; ++i)
            must(finalize(asked.inputs[i], asked.blinds[i], holder.evaluated[i]), "finalize");
    };
    for (auto& work : works) work.items = batch;
    return Times(measure(works, budget_s));
}

void report_steps(Report& report, Times const& times) {
    auto const multiplication = times.median(Step::multiply);
    for (std::size_t i = 0; i < step_names.size(); ++i) {
        auto const& time = times.of(Step{i});
        auto const beside = i == index_of(Step::multiply) ? std::nullopt : std::optional(multiplication * us);
        report.add({step_names[i], time.median * us, "us/token", beside, libsodium_multiplication, time.best * us});
    }
    for (std::size_t i = 0; i < step_names.size(); ++i) {
        auto const& time = times.of(Step{i});
        auto const beside = i == index_of(Step::multiply) ? std::nullopt : std::optional(1 / multiplication);
        report.add({step_names[i], 1 / time.median, "tokens/s", beside, libsodium_multiplication, 1 / time.best});
    }
    auto const whole = [&](char const* name, double seconds, double least, char const* reference) {
        report.add({name, 1 / seconds, "tokens/s", 1 / (least * multiplication), reference, {}});
    };
    whole("a whole token, one key, one core", times.token(1), 3, "3 multiplications: blind, evaluate, unblind");
    whole("a whole token, 2 of 3 holders, unfolded, one core", times.token(2) + times.median(Step::combine_2_of_3), 4,
          "4 multiplications: blind, 2 evaluate, unblind");
    whole("a whole token, 2 of 3 holders, folded, one core", times.token(2) + times.median(Step::combine_folded_2_of_3),
          4, "4 multiplications: blind, 2 evaluate, unblind");
}

void report_peers(Report& report, double whole_s) {
    struct Named {
        char const* peer;
        char const* figure;
        std::optional<double> goal;
    };
    auto const named = {Named{"@openmined/psi.js", "whole_voprf_vs_psi_js", whole_vs_psi_js_goal},
                        Named{"@cloudflare/voprf-ts", "whole_voprf_vs_voprf_ts", std::nullopt},
                        Named{"@noble/curves", "whole_voprf_vs_noble", std::nullopt}};
    auto const figures = measure_peers(peers_budget_s);
    for (auto const& one : figures)
        report.add({one.peer + " " + one.version + ": " + one.step, one.value_s * us, "us/token", whole_s * us,
                    "our whole token, one key, one core", one.best_s * us});
    for (auto const& [peer, figure, goal] : named)
        for (auto const& one : figures)
            if (one.peer == peer && one.step == "whole")
                report.add({figure, one.value_s / whole_s, "x", goal, goal ? "the goal" : "", {}});
}

void report_named(Report& report, Times const& times) {
    constexpr auto goal = "the goal";
    auto const combine_us = times.median(Step::combine_4_of_7) * us;
    report.add({"evaluate_vs_libsodium",
                times.median(Step::evaluate) / times.median(Step::multiply),
                "x",
                1.0,
                "evaluate_batch in multiplications",
                {}});
    report.add({"verify_us", times.median(Step::verify) * us, "us/token", times.median(Step::multiply) * us,
                libsodium_multiplication, times.of(Step::verify).best * us});
    report.add(
        {"combine_t4_us", combine_us + times.median(Step::decode_4) * us, "us/token", combine_t4_goal_us, goal, {}});
    report.add({"combine_t4_us, without decoding", combine_us, "us/token", combine_t4_goal_us, goal, {}});
}

} // namespace

void bench_tokens(Report& report, std::filesystem::path const&) {
    start_library();
    auto const times = measure_steps();
    report_steps(report, times);
    report_peers(report, times.token(1));
    report_named(report, times);
    bench_enrolling(report);
}

} // namespace fanlight::bench
