#include "tests/people/places.hpp"

#include "tests/people/random.hpp"

#include <array>
#include <cassert>

namespace fanlight::people {

namespace {

constexpr std::array names = {
    "Ash",      "Beech",   "Birch",    "Cedar",      "Elm",       "Hawthorn",  "Hazel",   "Holly",    "Laurel",
    "Lime",     "Maple",   "Oak",      "Poplar",     "Rowan",     "Sycamore",  "Willow",  "Yew",      "Albert",
    "Alma",     "Argyle",  "Balmoral", "Belmont",    "Bridge",    "Canal",     "Castle",  "Chapel",   "Church",
    "Clarence", "Clifton", "Cross",    "Derby",      "Dale",      "Earl",      "East",    "Edward",   "Fairfield",
    "Farm",     "Field",   "Garden",   "George",     "Gladstone", "Grange",    "Green",   "Grove",    "Hall",
    "Heath",    "High",    "Hill",     "King",       "Kings",     "Lancaster", "Lodge",   "Main",     "Manor",
    "Market",   "Meadow",  "Mill",     "Moor",       "Moss",      "New",       "Nelson",  "North",    "Norfolk",
    "Orchard",  "Park",    "Peel",     "Princess",   "Priory",    "Queens",    "Railway", "Richmond", "River",
    "Russell",  "School",  "South",    "Spring",     "Stanley",   "Station",   "Stone",   "Thornton", "Victoria",
    "Vine",     "Warwick", "Water",    "Wellington", "West",      "Windsor",   "Wood",    "York",     "Zetland"};
constexpr std::array kinds = {"Road", "Street", "Avenue", "Close", "Drive", "Lane", "Grove", "Way", "Court", "Terrace"};
/// Royal Mail does not use C, I, K, M, O, V in the second half.
constexpr std::string_view unit_letters = "ABDEFGHJLNPQRSTUWXYZ";

std::string postcode_of(std::uint32_t number) {
    auto const sector = number / postcodes_per_sector;
    auto const unit = (number % postcodes_per_sector) * 7 % 400; // 7 and 400 share no factor: all differ
    std::string postcode =
        "QX" + std::to_string(1 + sector / sectors_per_district) + " " + std::to_string(sector % sectors_per_district);
    postcode += unit_letters[unit / 20];
    postcode += unit_letters[unit % 20];
    return postcode;
}

} // namespace

Place place_of(std::uint64_t seed, std::uint32_t dwelling) {
    assert(dwelling < dwellings_max);
    auto const postcode = dwelling / dwellings_per_postcode;
    auto const in_postcode = dwelling % dwellings_per_postcode;
    // Two postcodes of a sector, one after the other, are the two ends of one street.
    Random street(seed, 0x57, postcode / 2);
    auto const* name = street.one_of(std::span<char const* const>(names));
    auto const* kind = street.one_of(std::span<char const* const>(kinds));
    auto const first = street.below(90);
    Random door(seed, 0xD0, dwelling);
    Place place;
    place.number = std::to_string(1 + first + 2 * (in_postcode + (postcode % 2) * dwellings_per_postcode));
    if (door.chance(5'000)) place.number += static_cast<char>('A' + door.below(3));
    place.street = std::string(name) + " " + kind;
    place.postcode = postcode_of(postcode);
    place.uprn = std::to_string(999'000'000'000ULL + 13ULL * dwelling + door.below(13));
    return place;
}

Place no_fixed_abode() {
    return {"", "no fixed abode", "ZZ99 3VZ", ""};
}

std::string neighbouring_postcode(std::uint32_t dwelling, std::uint32_t step) {
    auto const number = dwelling / dwellings_per_postcode;
    auto const sector = number / postcodes_per_sector;
    return postcode_of(sector * postcodes_per_sector + (number + 1 + step) % postcodes_per_sector);
}

} // namespace fanlight::people
