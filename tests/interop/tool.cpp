// fanlight-interop: the VOPRF of crypto/voprf.hpp, one step a call, in hex, so that other implementations of RFC 9497
// can play against it (interop.mjs); and the signed notes of crypto/note.hpp likewise (notes_test.sh). Secrets stand on
// the command line: for tests only.
//
// Single functions and their batches run both and must agree. Exit codes: 0, the results on standard output, one a
// line; 1, refused, the reason on standard error; 64, wrong usage; 70, Fanlight contradicts itself.

#include "crypto/note.hpp"
#include "crypto/text.hpp"
#include "crypto/voprf.hpp"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>

using namespace fanlight;
using namespace fanlight::crypto;

namespace {

constexpr int refused_code = 1;
constexpr int usage_code = 64;
constexpr int contradiction_code = 70;

[[noreturn]] void usage() {
    std::fputs("usage: fanlight-interop public KEY\n"
               "       fanlight-interop derive SEED INFO\n"
               "       fanlight-interop blind (INPUT BLIND)...\n"
               "       fanlight-interop evaluate KEY NONCE BLINDED...       prints the elements, then the proof\n"
               "       fanlight-interop verify PUBLIC PROOF BLINDED... -- EVALUATED...\n"
               "       fanlight-interop finalize (INPUT BLIND EVALUATED)...\n"
               "       fanlight-interop threshold HOLDERS INPUT BLIND BLINDED (INDEX PUBLIC PROOF EVALUATED)...\n"
               "all in hex, but HOLDERS and INDEX\n"
               "       fanlight-interop note-sign (NAME SEED)...            standard input is the text\n"
               "       fanlight-interop note-verify VKEY...                 standard input is the note\n",
               stderr);
    std::exit(usage_code);
}

template <class T> T taken(Result<T> result) {
    if (!result) {
        std::fprintf(stderr, "%s: %s\n", name(result.assume_error().code), describe(result.assume_error()).c_str());
        std::exit(refused_code);
    }
    if constexpr (!std::is_void_v<T>) return std::move(result).assume_value();
}

void must_agree(bool agree, char const* what) {
    if (agree) return;
    std::fprintf(stderr, "fanlight-interop: %s differs between the single function and the batch\n", what);
    std::exit(contradiction_code);
}

Bytes bytes_of(std::string const& hex) {
    auto bytes = from_hex(hex);
    if (!bytes) usage();
    return std::move(bytes).assume_value();
}

std::uint8_t small_number(std::string const& text) {
    if (text.size() != 1 || text[0] < '0' || text[0] > '9') usage();
    return static_cast<std::uint8_t>(text[0] - '0');
}

void print(ByteView bytes) {
    std::puts(to_hex(bytes).c_str());
}

using Words = std::vector<std::string>;

std::vector<Bytes> all_bytes(Words const& words) {
    std::vector<Bytes> all;
    for (auto const& word : words) all.push_back(bytes_of(word));
    return all;
}

template <class T> std::vector<T> all_elements(Words const& words) {
    std::vector<T> all;
    for (auto const& word : words) all.push_back(taken(T::parse(bytes_of(word))));
    return all;
}

/// Words `first`, `first` + `step`, ... of what follows the command.
Words every(Words const& words, std::size_t first, std::size_t step) {
    Words some;
    for (auto i = first; i < words.size(); i += step) some.push_back(words[i]);
    return some;
}

std::vector<Blind> all_blinds(Words const& words) {
    std::vector<Blind> all;
    for (auto const& word : words) all.push_back(taken(parse_blind(bytes_of(word))));
    return all;
}

void run_public(Words const& words) {
    if (words.size() != 1) usage();
    print(public_of(taken(parse_oprf_key(bytes_of(words[0])))).view());
}

void run_derive(Words const& words) {
    if (words.size() != 2) usage();
    print(taken(derive_key(bytes_of(words[0]), bytes_of(words[1]))).reveal());
}

void run_blind(Words const& words) {
    if (words.empty() || words.size() % 2 != 0) usage();
    auto const inputs = all_bytes(every(words, 0, 2));
    auto const blinds = all_blinds(every(words, 1, 2));
    std::vector<ByteView> const views(inputs.begin(), inputs.end());
    auto const batch = taken(blind_batch(views, blinds));
    for (std::size_t i = 0; i < views.size(); ++i) {
        must_agree(taken(blind(views[i], blinds[i])) == batch[i], "blind");
        print(batch[i].view());
    }
}

void run_evaluate(Words const& words) {
    if (words.size() < 3) usage();
    auto const key = taken(parse_oprf_key(bytes_of(words[0])));
    auto const nonce = taken(parse_proof_nonce(bytes_of(words[1])));
    auto const blinded = all_elements<Blinded>({words.begin() + 2, words.end()});
    auto const evaluated = taken(evaluate_batch(key, blinded));
    for (std::size_t i = 0; i < blinded.size(); ++i)
        must_agree(taken(evaluate(key, blinded[i])) == evaluated[i], "evaluate");
    auto const proof = taken(prove(key, blinded, evaluated, nonce));
    for (auto const& one : evaluated) print(one.view());
    print(proof.view());
}

void run_verify(Words const& words) {
    auto const dashes = std::find(words.begin(), words.end(), "--");
    if (dashes == words.end() || dashes - words.begin() < 2) usage();
    auto const key = taken(HolderPublic::parse(bytes_of(words[0])));
    auto const proof = taken(Proof::parse(bytes_of(words[1]), "proof"));
    auto const blinded = all_elements<Blinded>({words.begin() + 2, dashes});
    auto const evaluated = all_elements<Evaluated>({dashes + 1, words.end()});
    auto const plainly = verify(key, blinded, evaluated, proof);
    auto const batch = taken(BlindedBatch::make(blinded));
    auto const answer = ProvenAnswer::verify(key, 1, batch, evaluated, proof);
    must_agree(plainly.has_value() == answer.has_value(), "verify");
    taken(plainly);
}

void run_finalize(Words const& words) {
    if (words.empty() || words.size() % 3 != 0) usage();
    auto const inputs = all_bytes(every(words, 0, 3));
    auto const blinds = all_blinds(every(words, 1, 3));
    auto const evaluated = all_elements<Evaluated>(every(words, 2, 3));
    std::vector<ByteView> const views(inputs.begin(), inputs.end());
    auto const tokens = taken(finalize_batch(views, blinds, evaluated));
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        must_agree(equal(taken(finalize(views[i], blinds[i], evaluated[i])), tokens[i]), "finalize");
        print(tokens[i].reveal());
    }
}

/// One input, unfolded answers of as many holders as the threshold says.
void run_threshold(Words const& words) {
    constexpr std::size_t before = 4;
    constexpr std::size_t each = 4;
    if (words.size() < before + each || (words.size() - before) % each != 0) usage();
    auto const holders = small_number(words[0]);
    auto const input = bytes_of(words[1]);
    auto const blinding = taken(parse_blind(bytes_of(words[2])));
    auto const batch = taken(BlindedBatch::make(all_elements<Blinded>({words[3]})));
    std::vector<ProvenAnswer> answers;
    std::vector<ShareIndex> indices;
    for (auto i = before; i < words.size(); i += each) {
        indices.push_back(small_number(words[i]));
        auto const key = taken(HolderPublic::parse(bytes_of(words[i + 1])));
        auto const proof = taken(Proof::parse(bytes_of(words[i + 2]), "proof"));
        auto const evaluated = all_elements<Evaluated>({words[i + 3]});
        answers.push_back(taken(ProvenAnswer::verify(key, indices.back(), batch, evaluated, proof)));
    }
    auto const combined = taken(combine(answers, holders, 1));
    auto const integers = taken(lagrange_at_zero(indices, holders));
    print(taken(finalize(input, blinding, combined[0], integers.denominator)).reveal());
}

std::string standard_input() {
    return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

void run_note_sign(Words const& words) {
    if (words.empty() || words.size() % 2 != 0) usage();
    auto const text = standard_input();
    Words lines;
    for (std::size_t i = 0; i < words.size(); i += 2)
        lines.push_back(sign_note_line(text, words[i], taken(SigningKey::from_seed(bytes_of(words[i + 1])))));
    auto const note = format_note(text, lines);
    std::fwrite(note.data(), 1, note.size(), stdout);
}

/// The names of those asked for, in the order of their lines, and that they signed this text.
void run_note_verify(Words const& words) {
    if (words.empty()) usage();
    std::vector<NoteKey> keys;
    for (auto const& word : words) keys.push_back(taken(parse_vkey(word)));
    auto const note = taken(parse_note(standard_input()));
    taken(NoteChecker::verify_all(note, keys));
    for (auto const& signature : note.signatures) {
        for (auto const& key : keys)
            if (key.name == signature.name && key.id() == signature.id) std::puts(key.name.c_str());
    }
    std::puts("text OK");
}

} // namespace

int main(int count, char** arguments) {
    if (count < 2) usage();
    start_library();
    std::string const command = arguments[1];
    Words const words(arguments + 2, arguments + count);
    if (command == "public")
        run_public(words);
    else if (command == "derive")
        run_derive(words);
    else if (command == "blind")
        run_blind(words);
    else if (command == "evaluate")
        run_evaluate(words);
    else if (command == "verify")
        run_verify(words);
    else if (command == "finalize")
        run_finalize(words);
    else if (command == "threshold")
        run_threshold(words);
    else if (command == "note-sign")
        run_note_sign(words);
    else if (command == "note-verify")
        run_note_verify(words);
    else
        usage();
    return 0;
}
