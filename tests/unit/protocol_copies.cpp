// Leaves given back: the message's one spelling and its limits, and which copies a store gives from a place on.

#include "base/byte_reader.hpp"
#include "node_store_support.hpp"
#include "protocol/wire/log_wire.hpp"

#include <catch2/catch.hpp>

using namespace fanlight;
using protocol::CopiesReply;

namespace {

CopiesReply reply_of(std::vector<CopiesReply::Chunk> chunks) {
    return {"example/disclosures/police/2026", "head", std::move(chunks)};
}
Errc refused(CopiesReply const& reply) {
    auto const decoded = protocol::decode_copies_reply(encode(reply));
    REQUIRE_FALSE(decoded);
    return decoded.error().code;
}

} // namespace

TEST_CASE("copies: a reply has one spelling, and its chunks follow each other") {
    auto const good = GENERATE(values<std::vector<CopiesReply::Chunk>>({
        {},
        {{0, 1, Bytes(96)}},
        {{7, 3, Bytes(5)}, {10, protocol::copy_leaves_max, Bytes()}, {10 + protocol::copy_leaves_max, 1, Bytes(9)}},
        {{0, 1, Bytes(protocol::copy_bytes_max)}}, // one alone may be as large as any copy
        {{0, 1, Bytes(protocol::copies_bytes_max - 1)}, {1, 1, Bytes(1)}},
    }));
    auto const bytes = encode(reply_of(good));
    auto const decoded = protocol::decode_copies_reply(bytes);
    REQUIRE(decoded);
    REQUIRE(decoded.value().chunks.size() == good.size());
    CHECK(encode(decoded.value()) == bytes);
    auto longer = bytes;
    longer.push_back(0);
    CHECK_FALSE(protocol::decode_copies_reply(longer));
}

TEST_CASE("copies: a reply over its limits is refused") {
    CHECK(refused(reply_of({{0, 1, Bytes(protocol::copy_bytes_max + 1)}})) == Errc::too_large);
    CHECK(refused(reply_of({{0, 1, Bytes(protocol::copies_bytes_max)}, {1, 1, Bytes(1)}})) == Errc::too_large);
    std::vector<CopiesReply::Chunk> many;
    for (std::uint64_t i = 0; i <= protocol::copies_chunks_max; ++i) many.push_back({i, 1, Bytes(1)});
    CHECK(refused(reply_of(many)) == Errc::too_large);
    many.pop_back();
    CHECK(protocol::decode_copies_reply(encode(reply_of(many))));
    CHECK(refused(reply_of({{0, 0, Bytes(1)}})) == Errc::malformed);
    CHECK(refused(reply_of({{0, protocol::copy_leaves_max + 1, Bytes(1)}})) == Errc::malformed);
    CHECK(refused(reply_of({{0, 2, Bytes(1)}, {3, 1, Bytes(1)}})) == Errc::malformed);
    CHECK(refused(reply_of({{protocol::copies_position_end, 1, Bytes(1)}})) == Errc::malformed);
}

TEST_CASE("copies: a store gives them from the one that has the place on, as many as fit") {
    node::store_test::Shelf shelf;
    protocol::Effects effects;
    auto const add = [&](char const* origin, std::uint64_t first, std::uint64_t count, std::size_t bytes) {
        effects.copies.push_back({origin, first, count, Bytes(bytes, std::uint8_t(first))});
    };
    add("a", 0, 10, 100);
    add("a", 10, 5, 100);
    add("a", 15, 1, 100);
    add("a", 20, 4, 100); // 16 to 19 nobody gave us
    add("b", 0, 3, 100);
    shelf.apply(effects);
    auto const firsts = [&](char const* origin, std::uint64_t position, std::size_t bytes_max) {
        std::vector<std::uint64_t> found;
        auto const copies = node::copies_from(shelf.store->reader(), origin, position, bytes_max);
        REQUIRE(copies);
        for (auto const& one : copies.value()) found.push_back(one.first);
        return found;
    };
    using Firsts = std::vector<std::uint64_t>;
    CHECK(firsts("a", 0, 1000) == Firsts{0, 10, 15});
    CHECK(firsts("a", 9, 1000) == Firsts{0, 10, 15});
    CHECK(firsts("a", 10, 1000) == Firsts{10, 15});
    CHECK(firsts("a", 16, 1000).empty());
    CHECK(firsts("a", 23, 1000) == Firsts{20});
    CHECK(firsts("a", 24, 1000).empty());
    CHECK(firsts("a", 0, 200) == Firsts{0, 10});
    CHECK(firsts("a", 0, 199) == Firsts{0});
    CHECK(firsts("a", 0, 1) == Firsts{0}); // one at least
    CHECK(firsts("b", 2, 1000) == Firsts{0});
    CHECK(firsts("c", 0, 1000).empty());
    CHECK(firsts("a", protocol::copies_position_end, 1000).empty());
}
