#pragma once
// An invented town: dwellings in postcodes, sectors and districts of the sizes that British ones have. Royal Mail has
// no area Q, and never gave out QX.

#include <cstdint>
#include <string>

namespace fanlight::people {

inline constexpr std::uint32_t dwellings_per_postcode = 15;
inline constexpr std::uint32_t postcodes_per_sector = 167;
inline constexpr std::uint32_t dwellings_per_sector = dwellings_per_postcode * postcodes_per_sector; ///< 2,505
inline constexpr std::uint32_t sectors_per_district = 10;
inline constexpr std::uint32_t districts_max = 99;
/// 2,479,950: QX1 to QX99 are full.
inline constexpr std::uint32_t dwellings_max = dwellings_per_sector * sectors_per_district * districts_max;

struct Place {
    std::string number; ///< "12", "12B"; empty for no fixed abode
    std::string street;
    std::string postcode;
    std::string uprn; ///< twelve digits from 999 (invented), or empty
    bool operator==(Place const&) const = default;
};

/// Different for different dwellings. `dwelling` is below `dwellings_max`.
Place place_of(std::uint64_t seed, std::uint32_t dwelling);
/// The pseudo postcode of the NHS Postcode Directory for people of no fixed abode.
Place no_fixed_abode();
/// Another postcode of the same sector, as a wrong last letter gives. `step` is below `postcodes_per_sector` - 1.
std::string neighbouring_postcode(std::uint32_t dwelling, std::uint32_t step);

} // namespace fanlight::people
