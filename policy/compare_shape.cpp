// Describing a set of circumstances. A clause permits in a product (colours, subjects) of which any one condition must
// hold; what is left of it where other clauses count first is such a product without some conditions. So most changes
// have one shape, if it may take in circumstances of which the sentence stays true (`allowed`).

#include "policy/compare_parts.hpp"

#include <optional>

namespace fanlight::policy {
namespace {

/// `always` is the lack of conditions.
constexpr unsigned first_condition = 1;

template <std::size_t count> unsigned touched(std::array<Circumstances, count> const& sets, Circumstances const& by) {
    unsigned bits = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if ((sets.at(i) & by).any()) bits |= 1U << i;
    }
    return bits;
}

template <std::size_t count> Circumstances united(std::array<Circumstances, count> const& sets, unsigned bits) {
    Circumstances all;
    for (std::size_t i = 0; i < count; ++i) {
        if ((bits >> i & 1U) != 0) all |= sets.at(i);
    }
    return all;
}

bool within(Circumstances const& inner, Circumstances const& outer) {
    return (inner & ~outer).none();
}

/// How much there is to read.
unsigned length_of(Shape const& shape) {
    constexpr auto own = static_cast<unsigned>(Condition::own_red_or_amber);
    unsigned length = shape.colours != Shape::every_colour ? 2 : 0;
    length += shape.subjects != Shape::every_subject ? 2 : 0;
    for (unsigned i = first_condition; i < condition_count; ++i) {
        // Said as colours where it can be.
        length += (shape.any >> i & 1U) != 0 ? (i == own ? 3 : 2) : 0;
        length += (shape.none >> i & 1U) != 0 ? (i == own ? 5 : 4) : 0;
    }
    return length;
}

/// Completes `shape`, whose colours and subjects are given, with as few conditions as it needs.
std::optional<Shape> with_conditions(Shape shape, bool with_exceptions, Circumstances const& required,
                                     Circumstances const& allowed) {
    auto const& when = standing_circumstances().when;
    auto const box = set_of(shape);
    if (!within(required, box)) return std::nullopt;
    for (unsigned i = first_condition; with_exceptions && i < condition_count; ++i) {
        if ((when.at(i) & required).none() && !within(when.at(i) & box, allowed)) shape.none |= 1U << i;
    }
    auto const rest = box & ~united(when, shape.none);
    if (!within(rest, allowed)) {
        for (unsigned i = first_condition; i < condition_count; ++i) {
            if ((when.at(i) & required).any() && within(when.at(i) & rest, allowed)) shape.any |= 1U << i;
        }
        if (shape.any == 0 || !within(required, united(when, shape.any))) return std::nullopt;
    }
    for (unsigned i = first_condition; i < condition_count; ++i) {
        auto fewer = shape;
        fewer.any &= ~(1U << i);
        if (fewer.any != 0 && within(required, set_of(fewer))) shape = fewer;
    }
    for (unsigned i = first_condition; i < condition_count; ++i) {
        auto fewer = shape;
        fewer.none &= ~(1U << i);
        if (within(set_of(fewer), allowed)) shape = fewer;
    }
    return shape;
}

std::optional<Shape> one_shape(Circumstances const& required, Circumstances const& allowed) {
    auto const& sets = standing_circumstances();
    auto const colours = touched(sets.own_colour, required);
    auto const subjects = touched(sets.about, required);
    std::optional<Shape> best;
    for (auto const colour : {Shape::every_colour, colours}) {
        for (auto const subject : {Shape::every_subject, subjects}) {
            for (bool const with_exceptions : {false, true}) {
                Shape start;
                start.colours = colour;
                start.subjects = subject;
                auto const found = with_conditions(start, with_exceptions, required, allowed);
                if (found && (!best || length_of(*found) < length_of(*best))) best = found;
            }
        }
    }
    return best;
}

/// Cuts `required` by the sets of one dimension, those together whose parts are alike but for it.
template <std::size_t count>
std::vector<Circumstances> slices(std::array<Circumstances, count> const& sets, std::size_t stride,
                                  Circumstances const& required) {
    std::vector<std::pair<Circumstances, Circumstances>> found; // moved to the place of the first set, and as it is
    for (std::size_t i = 0; i < count; ++i) {
        auto const slice = required & sets.at(i);
        if (slice.none()) continue;
        auto const moved = slice >> (i * stride);
        bool known = false;
        for (auto& one : found) {
            if (one.first != moved) continue;
            one.second |= slice;
            known = true;
        }
        if (!known) found.emplace_back(moved, slice);
    }
    std::vector<Circumstances> all;
    for (auto const& one : found) all.push_back(one.second);
    return all;
}

} // namespace

Circumstances set_of(Shape const& shape) {
    if (!shape.exact.empty()) return Circumstances(shape.exact);
    auto const& sets = standing_circumstances();
    auto set = united(sets.own_colour, shape.colours) & united(sets.about, shape.subjects);
    if (shape.any != 0) set &= united(sets.when, shape.any);
    return set & ~united(sets.when, shape.none);
}

std::vector<Shape> shapes_of(Circumstances const& required, Circumstances const& allowed) {
    if (auto const one = one_shape(required, allowed)) return {*one};
    auto const& sets = standing_circumstances();
    constexpr auto subject_stride = circumstance_count / own_colour_count / subject_count;
    std::vector<Shape> shapes;
    for (auto const& slice : slices(sets.own_colour, subject_stride * subject_count, required)) {
        if (auto const shape = one_shape(slice, allowed)) {
            shapes.push_back(*shape);
            continue;
        }
        for (auto const& part : slices(sets.about, subject_stride, slice)) {
            auto const shape = one_shape(part, allowed);
            if (!shape) return {Shape{0, 0, 0, 0, required.to_string()}};
            shapes.push_back(*shape);
        }
    }
    return shapes;
}

} // namespace fanlight::policy
