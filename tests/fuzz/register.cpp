// Fuzz target: any bytes as a statement, as a note for the register, and as a head with cosignatures; and as the text
// of a note that every officer and the node's key of a small partnership have signed. The oracle: what look() gives
// back is the one form of it, and the book takes exactly that.

#include "crypto/text.hpp"
#include "oracle.hpp"
#include "partnership.hpp"
#include "protocol/register/lease.hpp"

namespace {

using namespace fanlight;
using namespace fanlight::protocol;
using fuzz::parties;
using fuzz::require;
using fuzz::signed_note;

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
    return Book::begin(signed_note(fuzz::agreement_text(), {"officer", "dpo"}), notes).value();
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
