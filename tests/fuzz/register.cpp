// Fuzz target: any bytes as a statement, as a note for the register, and as a head with cosignatures; and as the text
// of a note that every officer and the node's key of a small partnership have signed. The oracle: what look() gives
// back is the one form of it, and the book takes exactly that.

#include "crypto/text.hpp"
#include "protocol/register/lease.hpp"

#include <cstdlib>

namespace {

using namespace fanlight;
using namespace fanlight::protocol;

void require(bool holds) {
    if (!holds) std::abort();
}

crypto::SigningKey key_from(std::string const& words) {
    return crypto::SigningKey::from_seed(crypto::sha256({as_bytes(words)}).view()).value();
}
constexpr auto parties = {"coordinator", "health", "housing", "police"};
std::string name_of(std::string const& party, std::string const& which) {
    return "practice.fuzz.example/" + party + "/" + which;
}

std::string agreement_text() {
    std::string text =
        "[agreement]\nname = \"Fuzz\"\nversion = 1\npractice = true\ndomain = \"practice.fuzz.example\"\n"
        "effective_from = \"2026-12-01T00:00:00Z\"\nreview_by = \"2029-12-31\"\n"
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
    return text + "[keys]\nthreshold = 2\nholders = [\"health\", \"housing\"]\nepoch_days = 92\n"
                  "[budgets]\nquery_evaluations_per_day = 50_000\nenrol_evaluations_per_person = 48\n"
                  "enrol_delta_percent_per_day = 5\nslots_per_day = 10_000\n"
                  "[[purpose]]\nid = \"children\"\nname = \"Children\"\ndomestic_abuse = false\n"
                  "[[route]]\nid = \"standard\"\nname = \"Standard\"\nreply_within = \"8h\"\n"
                  "[[basis]]\narticle_6 = \"6(1)(e)\"\n"
                  "[[outcome]]\nid = \"early_help\"\nname = \"Early help\"\nlevel = \"early_help\"\n"
                  "[matching]\nversion = 2\nsure = 200\nunsure = -500\nminimum_anchors = 1\n"
                  "[matching.points]\n\"date.exact\" = 300\n"
                  "[release]\nautomatic_after = \"1500ms\"\nsensitive_after = \"3s\"\nquery_lives = \"7d\"\n"
                  "rating_fresh_days = 180\nsource_fresh_days = 7\nnight_hour_utc = 2\n"
                  "[rules]\nblue_where_domestic_abuse = false\nindividual_rating = true\nresult_clause = \"3.1\"\n"
                  "dash_high = 14\n"
                  "[[clause]]\nid = \"1\"\ntext = \"All.\"\nstage = 1\nfields = [\"colour\"]\n"
                  "roles = [\"health\", \"housing\", \"police\"]\nwhen = [\"always\"]\n";
}

std::string signed_note(std::string const& text, std::initializer_list<char const*> which) {
    std::vector<std::string> lines;
    for (auto const* party : parties)
        for (auto const* one : which) {
            auto const name = name_of(party, one);
            lines.push_back(crypto::sign_note_line(text, name, key_from(name)));
        }
    return crypto::format_note(text, lines);
}

Book make_book() {
    std::map<std::string, std::string> notes;
    for (std::string const party : parties) {
        crypto::SeededRandom random(party.size() + 256U * static_cast<unsigned char>(party.back()));
        auto const key = [&] { return crypto::SigningKey::generate(random).verify_key(); };
        auto const sealing = [&] { return crypto::SealingKey::generate(random).public_key(); };
        OperationalKeys const keys{
            PartyId::parse(party).value(), 1, key(), random.make<crypto::Sha256>(), key(), key(), sealing(), sealing()};
        notes.emplace(party, signed_note(key_note_text(Mode::practice, keys), {"signing_key"}));
    }
    return Book::begin(signed_note(agreement_text(), {"officer", "dpo"}), notes).value();
}

void look(Book const& book, std::string_view note) {
    auto const looked = book.look(note);
    if (!looked || looked.value().note.empty()) return;
    auto const& once = looked.value();
    auto const again = book.look(once.note);
    require(again.has_value() && again.value().note == once.note && again.value().enough == once.enough);
    require(again.value().kind == once.kind && again.value().about == once.about);
    auto copy = book;
    auto const added = copy.add(note);
    require(added.has_value() == (once.enough && once.note == note));
    require(copy.size() == book.size() + (added ? 1 : 0) && copy.root_at(book.size()) == book.root());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static auto const book = make_book();
    auto const input = as_text({data, size});

    for (auto const mode : {Mode::practice, Mode::live})
        if (auto const statement = parse_statement(mode, input)) {
            require(is_statement(mode, input));
            auto const write = [&](auto const& one) { return statement_text(mode, one); };
            require(std::visit(write, statement.value()) == input);
        }
    look(book, input);
    if (auto const witnessed = open_witnessed(book, input))
        require(witnessed.value().head.origin == register_origin("practice.fuzz.example"));
    if (!input.ends_with('\n')) return 0;
    look(book, signed_note(std::string(input), {"officer", "dpo"}));
    look(book, signed_note(std::string(input), {"signing_key"}));
    return 0;
}
