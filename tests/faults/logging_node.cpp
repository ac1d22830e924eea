// The order of the steps is that of Core::open and Core::work.

#include "logging_node.hpp"

#include <algorithm>

namespace fanlight::faults {

namespace fs = std::filesystem;

std::string origin_of(int year) {
    return "hub.example.gov.uk/disclosures/police/" + std::to_string(year);
}

fs::path log_of(fs::path const& directory, int year) {
    return directory / "log" / std::to_string(year);
}

crypto::SigningKey const& log_key() {
    static auto const key = [] {
        crypto::SeededRandom random(26);
        return crypto::SigningKey::generate(random);
    }();
    return key;
}

crypto::NoteKey public_key(int year) {
    return {origin_of(year), log_key().verify_key()};
}

/// Ten leaves in a row are about one.
crypto::Pseudonym person_at(int year, std::uint64_t position) {
    Bytes number;
    append_u64(number, std::uint64_t(year) << 32U | position / 10);
    append_u64(number, 0);
    return crypto::Pseudonym::parse(number).value();
}

/// Some fields with their salts, one of them about a person: now and then one of whom there is no key yet.
crypto::Entry entry_at(int year, std::uint64_t position, unsigned run) {
    Bytes place;
    append_u32(place, static_cast<std::uint32_t>(year));
    append_u64(place, position);
    append_u32(place, run);
    auto const salt = crypto::sha256({place});
    std::vector<crypto::Field> fields;
    for (auto const tag : {crypto::FieldTag::message_hash, crypto::FieldTag::count, crypto::FieldTag::text}) {
        crypto::Field field{tag, place, {}};
        std::ranges::copy(salt.view(), field.salt.begin());
        if (tag == crypto::FieldTag::count) field.about = person_at(year, position);
        fields.push_back(std::move(field));
    }
    auto const kind = static_cast<crypto::LeafClass>(position % 22 + 1);
    return crypto::make_entry(kind, AgreementId(), crypto::ExchangeTag(), std::move(fields));
}

Result<std::unique_ptr<LoggingNode>> LoggingNode::open(fs::path const& directory, std::uint64_t leaves_a_year) {
    std::unique_ptr<LoggingNode> node(new LoggingNode(directory, leaves_a_year));
    std::error_code failed;
    fs::create_directories(directory / "log", failed);
    if (failed) return fail(Errc::io, "data directory");
    FANLIGHT_TRY(node->open_store());
    node->log_.emplace(
        *node->store_,
        [directory](int year) {
            return node::LogShard{year, log_of(directory, year), origin_of(year)};
        },
        log_key(), node->former_key_);
    FANLIGHT_TRY(node->open_logs());
    return node;
}

Result<void> LoggingNode::open_logs() {
    FANLIGHT_TRY(auto const pending, store_->pending_shards());
    for (auto const year : pending) {
        FANLIGHT_TRY(log_->open(year));
    }
    FANLIGHT_TRY(auto const known, sizes());
    return log_->open(known.empty() ? first_year : known.rbegin()->first);
}

/// All that these tests know of how a store is made.
Result<void> LoggingNode::open_store() {
    auto const file = directory_ / "store.db";
    auto const key = node::StoreKey::make([](MutableBytes out) { std::ranges::fill(out, std::uint8_t(1)); });
    auto opening_key = node::OpeningKey::make([](MutableBytes) {});
    auto wrap_key = node::WrapKey::make([](MutableBytes) {});
    std::error_code ignored;
    if (fs::exists(file, ignored)) {
        FANLIGHT_TRY(
            store_, node::Store::open(file, key, std::move(opening_key), std::move(wrap_key), Mode::practice, random_));
    } else {
        FANLIGHT_TRY(store_, node::Store::create(file, key, std::move(opening_key), std::move(wrap_key), Mode::practice,
                                                 random_));
    }
    return ok();
}

Result<void> LoggingNode::commit(std::uint64_t count, unsigned run) {
    if (size() >= leaves_a_year_) {
        FANLIGHT_TRY(publish());
        FANLIGHT_TRY(log_->open(year() + 1));
    }
    protocol::Effects effects;
    for (std::uint64_t i = 0; i < count; ++i) effects.leaves.push_back(entry_at(year(), size() + i, run));
    return commit(effects);
}

Result<void> LoggingNode::commit(protocol::Effects const& effects) {
    FANLIGHT_TRY(auto transaction, store_->begin());
    FANLIGHT_TRY(store_->forget_pending({year(), log_->current().size()}));
    FANLIGHT_TRY(store_->apply(effects, log_->position()));
    FANLIGHT_TRY(transaction.commit());
    return store_->cut_wal();
}

Result<void> LoggingNode::publish() {
    return log_->publish();
}

Result<std::map<int, std::uint64_t>> LoggingNode::sizes() {
    std::map<int, std::uint64_t> sizes;
    for (auto year = first_year;; ++year) {
        FANLIGHT_TRY(auto const known, store_->leaves_of(year));
        if (known.count == 0) return sizes;
        sizes[year] = known.count;
    }
}

} // namespace fanlight::faults
