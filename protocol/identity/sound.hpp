#pragma once
// How a standard name sounds and looks with the vowels taken out: codes on which spellings of one name agree.
// Other characters than a-z are ignored; at most `name_letters_max` letters are read. Pure and total.

#include <string>
#include <string_view>

namespace fanlight::protocol {

/// A standard name by ear, in capitals, at most two for a letter (x is KS); vowels count at the start and as a
/// last "a" only: "mark" and "marc", "steven" and "stephen" agree, "daniel" and "daniela" do not.
std::string sound(std::string_view standard);

/// The same by an ear that does not know the language: names that agree in sound() nearly always agree here, and so do
/// "weed" and "veed", "evans" and "avans", "julia" and "yulia", "choudhury" and "khowdhury". Names of different people
/// agree a little more often (tests/unit/identity_standardise_data.cpp measures it).
std::string broad_sound(std::string_view standard);

/// First letter and consonants of a standard name, double letters once: "feriha" and "fariha" are "frh".
std::string skeleton(std::string_view standard);

} // namespace fanlight::protocol
