// Texts under signatures: key notes and receipts. A key note says what its text says, whoever wrote the text, and
// counts only under the key and in the mode that it is for; of a receipt nothing can be changed that the log's head
// does not notice. The first byte says which.

#include "crypto/labels.hpp"
#include "crypto/text.hpp"
#include "oracle.hpp"
#include "protocol/engine/receipts.hpp"
#include "protocol/key_note.hpp"

using namespace fanlight;
using namespace fanlight::protocol;
using fuzz::require;

namespace {

crypto::SigningKey key_from(std::string_view words) {
    return crypto::SigningKey::from_seed(crypto::sha256({as_bytes(words)}).view()).value();
}

/// Hex may be written in either case: the party that signs chooses.
std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

void try_key_note(std::string_view text, bool with_label) {
    static auto const signing = key_from("signing");
    static crypto::NoteKey const pinned{"practice.example/housing/signing", signing.verify_key()};
    static crypto::NoteKey const other{"practice.example/housing/signing", key_from("other").verify_key()};
    std::string whole(text);
    if (with_label) whole = crypto::label(Mode::practice, crypto::Label::key_note) + "\n" + whole;
    if (!whole.ends_with('\n')) whole += '\n';
    std::array const lines{crypto::sign_note_line(whole, pinned.name, signing)};
    auto const note = crypto::format_note(whole, lines);
    require(!open_key_note(Mode::practice, note, other));
    require(!open_key_note(Mode::practice, text, pinned));
    auto const opened = open_key_note(Mode::practice, note, pinned);
    if (!opened) return fuzz::check_error(opened.error(), as_bytes(text));
    auto const& keys = opened.assume_value();
    require(!open_key_note(Mode::live, note, pinned));
    require(keys.serial != 0 && keys.void_before <= keys.serial && keys.former_nodes.empty());
    require(lower(key_note_text(Mode::practice, keys)) == lower(whole));
}

/// A log of five leaves, one of them with an opening, its head cosigned by two witnesses of whom one is needed.
struct SmallLog {
    crypto::SigningKey log = key_from("log");
    crypto::SigningKey first = key_from("first witness");
    crypto::SigningKey second = key_from("second witness");
    std::string origin = "practice.example/disclosures/police/2026";
    LogReceipt receipt;
    std::optional<crypto::TrustPolicy> policy;

    SmallLog() {
        std::vector<crypto::Field> fields;
        for (std::uint8_t i = 0; i < 3; ++i) fields.push_back({crypto::FieldTag::text, Bytes(4, i), {}, {}});
        receipt.opening = crypto::show_all(fields);
        receipt.leaf = {crypto::LeafClass::disclosure_sent, {}, {}, crypto::commitment_of(receipt.opening).value()};
        std::vector<crypto::Sha256> hashes;
        for (std::uint8_t i = 0; i < 5; ++i) {
            auto leaf = receipt.leaf;
            if (i != 2) leaf.commitment = crypto::sha256({ByteView(&i, 1)});
            hashes.push_back(crypto::leaf_hash(leaf.bytes()));
        }
        auto const node = [&](unsigned level, std::uint64_t index) -> Result<crypto::Sha256> {
            std::vector<crypto::Sha256> row = hashes;
            for (; level != 0; --level) {
                std::vector<crypto::Sha256> above;
                for (std::size_t i = 0; i + 1 < row.size(); i += 2)
                    above.push_back(crypto::node_hash(row[i], row[i + 1]));
                row = above;
            }
            return row.at(index);
        };
        crypto::TlogProof proof;
        proof.index = 2;
        proof.inclusion = crypto::prove_inclusion(2, 5, node).value();
        crypto::Checkpoint const head{origin, 5, crypto::root_at(5, node).value()};
        auto const text = crypto::checkpoint_text(head);
        std::array const lines{crypto::sign_note_line(text, origin, log),
                               crypto::cosign_line(text, "practice.example/health/witness", first, 1'800'000'000),
                               crypto::cosign_line(text, "practice.example/housing/witness", second, 1'800'000'001)};
        proof.checkpoint = crypto::format_note(text, lines);
        receipt.proof = crypto::format_tlog_proof(proof);
        policy = crypto::TrustPolicy::make({{{origin, log.verify_key()}, {}}},
                                           {{"health", {"practice.example/health/witness", first.verify_key()}, {}},
                                            {"housing", {"practice.example/housing/witness", second.verify_key()}, {}}},
                                           {{"any", 1, {"health", "housing"}}}, "any")
                     .value();
    }
};

/// Every part of it that says anything is under the head: what still holds says the same about the leaf.
void try_receipt(fuzz::Input input) {
    static SmallLog const log;
    static auto const text = format_receipt(log.receipt);
    require(bool(verify_receipt(log.receipt, *log.policy)));
    auto changed = text;
    for (auto left = input.u8() % 6U; left != 0; --left) {
        auto const place = input.u16() % changed.size();
        auto const how = input.u8();
        if (how < 32) {
            changed.erase(place, how);
        } else if (how < 64) {
            changed.insert(place, std::string(as_text(input.bytes(how - 32U))));
        } else {
            changed[place] = static_cast<char>(changed[place] ^ static_cast<char>(input.u8() & 0x7FU));
        }
        if (changed.empty()) return;
    }
    auto const parsed = parse_receipt(changed);
    if (!parsed) return fuzz::check_error(parsed.error(), as_bytes(changed));
    auto const& receipt = parsed.assume_value();
    require(format_receipt(receipt) == changed);
    auto const head = verify_receipt(receipt, *log.policy);
    if (!head) return fuzz::check_error(head.error(), as_bytes(changed));
    require(receipt.leaf.bytes() == log.receipt.leaf.bytes());
    require(crypto::encode_shown(receipt.opening) == crypto::encode_shown(log.receipt.opening) ||
            crypto::commitment_of(receipt.opening).value() == receipt.leaf.commitment);
    require(head.assume_value().checkpoint.size == 5 && !head.assume_value().cosigned.empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.u8() % 3) {
    case 0: try_key_note(input.rest_text(), false); break;
    case 1: try_key_note(input.rest_text(), true); break;
    default: try_receipt(input);
    }
    return 0;
}
