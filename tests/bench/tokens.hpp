#pragma once
// The parts of the bench "tokens".

#include "bench.hpp"
#include "crypto/practice/practice_dealer.hpp"

namespace fanlight::bench {

inline constexpr auto libsodium_multiplication = "crypto_scalarmult_ristretto255";

/// Enrolling 10,000 made-up people through 2 of 3 holders, folded, beside the multiplications that nobody can avoid;
/// extrapolated to a million.
void bench_enrolling(Report& report);

} // namespace fanlight::bench
