#pragma once
// A partnership of four parties with everybody's keys, for the targets of the register and of what rests on it.

#include "protocol/register/book.hpp"

namespace fanlight::fuzz {

inline crypto::SigningKey key_from(std::string const& words) {
    return crypto::SigningKey::from_seed(crypto::sha256({as_bytes(words)}).view()).value();
}
inline constexpr auto parties = {"coordinator", "health", "housing", "police"};
inline std::string name_of(std::string const& party, std::string const& which) {
    return "practice.fuzz.example/" + party + "/" + which;
}

/// `points`: what may differ from one version to the next.
inline std::string agreement_text(unsigned version = 1, unsigned points = 300,
                                  std::string const& effective_from = "2026-12-01T00:00:00Z") {
    std::string text = "[agreement]\nname = \"Fuzz\"\nversion = " + std::to_string(version) +
                       "\npractice = true\ndomain = \"practice.fuzz.example\"\n"
                       "effective_from = \"" +
                       effective_from +
                       "\"\nreview_by = \"2029-12-31\"\n"
                       "coordinator = \"coordinator\"\n";
    for (std::string const party : parties) {
        text += "[[party]]\nid = \"" + party + "\"\nname = \"" + party + "\"\norganisation = \"" + party +
                "\"\nsupplier = \"" + party + "\"\nrole = \"" + party + "\"\nduty_contact = \"x\"\n" +
                (party == "coordinator" ? "asked = \"never\"\n" : "asked = \"core\"\npeople = 10\n");
        for (std::string const which : {"signing_key", "officer", "dpo"}) {
            auto const name = name_of(party, which);
            text += which + " = \"" + crypto::NoteKey{name, key_from(name).verify_key()}.vkey() + "\"\n";
        }
    }
    return text +
           "[keys]\nthreshold = 2\nholders = [\"health\", \"housing\"]\nepoch_days = 92\n"
           "[budgets]\nquery_evaluations_per_day = 50_000\nenrol_evaluations_per_person = 48\n"
           "enrol_delta_percent_per_day = 5\nslots_per_day = 10_000\n"
           "[[purpose]]\nid = \"children\"\nname = \"Children\"\ndomestic_abuse = false\n"
           "[[route]]\nid = \"standard\"\nname = \"Standard\"\nreply_within = \"8h\"\n"
           "[[basis]]\narticle_6 = \"6(1)(e)\"\n"
           "[[outcome]]\nid = \"early_help\"\nname = \"Early help\"\nlevel = \"early_help\"\n"
           "[matching]\nversion = 2\nsure = 200\nunsure = -500\nminimum_anchors = 1\n"
           "[matching.points]\n\"date.exact\" = " +
           std::to_string(points) +
           "\n"
           "[release]\nautomatic_after = \"1500ms\"\nsensitive_after = \"3s\"\nquery_lives = \"7d\"\n"
           "rating_fresh_days = 180\nsource_fresh_days = 7\nnight_hour_utc = 2\n"
           "[rules]\nblue_where_domestic_abuse = false\nindividual_rating = true\nresult_clause = \"3.1\"\n"
           "dash_high = 14\n"
           "[[clause]]\nid = \"1\"\ntext = \"All.\"\nstage = 1\nfields = [\"colour\"]\n"
           "roles = [\"health\", \"housing\", \"police\"]\nwhen = [\"always\"]\n";
}

inline std::string signed_note(std::string const& text, std::initializer_list<char const*> which) {
    std::vector<std::string> lines;
    for (auto const* party : parties)
        for (auto const* one : which) {
            auto const name = name_of(party, one);
            lines.push_back(crypto::sign_note_line(text, name, key_from(name)));
        }
    return crypto::format_note(text, lines);
}

} // namespace fanlight::fuzz
