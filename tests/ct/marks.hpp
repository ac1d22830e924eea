#pragma once
// Secret and public, as memcheck knows them: undefined and defined memory. Outside valgrind these do nothing.

#include "base/bytes.hpp"

#include <type_traits>
#include <valgrind/memcheck.h>

namespace fanlight::ct {

inline void classify(ByteView secret) {
    VALGRIND_MAKE_MEM_UNDEFINED(secret.data(), secret.size());
}
/// Wherever this is called, a comment says why the value is public.
inline void declassify(ByteView value) {
    VALGRIND_MAKE_MEM_DEFINED(value.data(), value.size());
}
template <class T>
requires std::is_arithmetic_v<T>
void declassify(T& value) {
    VALGRIND_MAKE_MEM_DEFINED(&value, sizeof value);
}

/// How often memcheck has reported something so far, what is suppressed left out.
inline unsigned reports() {
    return VALGRIND_COUNT_ERRORS;
}

} // namespace fanlight::ct
