#pragma once
// Verified<T>: a T whose signatures were checked. Only the function that checks can make one.

#include <utility>

namespace fanlight {

/// `Checker` is the class that may construct it; holding a value is the proof that it did.
template <class T, class Checker> class Verified {
  public:
    T const& value() const& { return value_; }
    T&& value() && { return std::move(value_); }

  private:
    friend Checker;
    explicit Verified(T value) : value_(std::move(value)) {}
    T value_;
};

} // namespace fanlight
