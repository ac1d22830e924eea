#pragma once
// Inside this room: who may make a checked element without parsing it, and what lies behind the batches of voprf.hpp.

#include "crypto/hash.hpp"
#include "crypto/point.hpp"
#include "crypto/voprf.hpp"

namespace fanlight::crypto {

// The tags are the only friends of Element. Whoever calls `from` has computed the point and knows that it is not the
// identity.
struct BlindedTag {
    static Blinded from(point::Encoding const& bytes) {
        Blinded element;
        element.bytes_ = bytes;
        return element;
    }
};
struct EvaluatedTag {
    static Evaluated from(point::Encoding const& bytes) {
        Evaluated element;
        element.bytes_ = bytes;
        return element;
    }
};
struct HolderPublicTag {
    static HolderPublic from(point::Encoding const& bytes) {
        HolderPublic element;
        element.bytes_ = bytes;
        return element;
    }
};

struct BlindedBatch::Points {
    std::vector<point::Decoded> decoded;
};
struct ProvenAnswer::Points {
    std::vector<Evaluated> elements;
    std::vector<point::Decoded> decoded;
};

template <class Tag> point::Encoding encoding_of(Element<Tag> const& element) {
    point::Encoding bytes{};
    std::copy(element.view().begin(), element.view().end(), bytes.begin());
    return bytes;
}

inline bool is_batch(std::size_t size) {
    return size >= 1 && size <= limits::evaluate_batch_max;
}

/// The item that a batch's spot check computes again. The batch itself says which, so that no randomness is needed and
/// another batch is checked at another place.
template <class Tag> std::size_t spot_item(std::span<Element<Tag> const> batch) {
    Bytes all;
    all.reserve(batch.size() * Element<Tag>::size_bytes);
    for (auto const& element : batch) append(all, element.view());
    std::array<std::uint8_t, 16> hash{};
    blake2b(hash, {}, {all});
    std::size_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8U | hash[i];
    return number % batch.size();
}

} // namespace fanlight::crypto
