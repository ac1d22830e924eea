#pragma once
// The files: people.csv is the truth, one file for each agency is what it wrote down. RFC 4180, LF, UTF-8.

#include "tests/people/agencies.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace fanlight::people {

inline constexpr std::string_view people_header =
    "pid,fam,role,fn,mid,sn,sex,dob,no,street,postcode,uprn,nhs,twin,prev_sn";
inline constexpr std::string_view view_header = "rid,pid,fam,role,fn,mid,sn,sex,dob,no,street,postcode,uprn,nhs";

/// Sex is F, M or empty; dates are YYYY-MM-DD or empty; twin is 1 or empty.
std::string people_csv(Population const& population);
/// The record id is the agency's name and the number of the row, from 0: "social-0".
std::string view_csv(Agency agency, std::vector<Row> const& rows);

} // namespace fanlight::people
