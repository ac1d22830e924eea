#pragma once
// Randomness is a parameter everywhere in the core, so that published vectors and simulations run the shipped code.

#include "crypto/secret.hpp"

namespace fanlight::crypto {

class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(MutableBytes bytes) = 0;

    template <class T> T make() {
        return T::make([this](MutableBytes bytes) { fill(bytes); });
    }
};

/// The operating system's generator through libsodium. Any thread.
class SystemRandom final : public Random {
  public:
    SystemRandom();
    void fill(MutableBytes bytes) override;
};

/// The same bytes for the same secret seed, from ChaCha20: work that must come out the same when it is done again.
/// One thread.
class DerivedRandom final : public Random {
  public:
    using Seed = LockedSecret<struct DerivedRandomTag, 32>;
    explicit DerivedRandom(Seed const& seed) : seed_(seed) {} ///< which outlives it
    void fill(MutableBytes bytes) override;

  private:
    Seed const& seed_;
    std::uint64_t draws_ = 0;
};

/// The same bytes for the same seed, from ChaCha20: for tests and simulations only. One thread.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : seed_(seed) {}
    void fill(MutableBytes bytes) override;

  private:
    std::uint64_t seed_;
    std::uint64_t draws_ = 0;
};

} // namespace fanlight::crypto
