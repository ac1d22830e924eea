#pragma once
// What a node goes by now: the register, the agreement in force, everybody's keys. Only the Registrar changes it, at
// the beginning of a step or for an entry; every engine reads it through Self.

#include "protocol/register/book.hpp"

namespace fanlight::protocol {

struct InForce {
    Book book;
    policy::Agreement agreement;                  ///< book.in_force(now).agreement
    std::map<PartyId, OperationalKeys> directory; ///< of every party that has a key note
    /// Grows whenever one of the above changes in a way that links or screens depend on.
    std::uint64_t revision = 1;

    /// As the book is at `now`.
    static InForce of(Book book, Instant now);
};

} // namespace fanlight::protocol
