#include "protocol/engine/restorer.hpp"

#include "base/byte_reader.hpp"

#include <algorithm>

namespace fanlight::protocol {

namespace {

constexpr std::uint64_t leaves_read_at_once = 4096;

/// The roots that our own leaves and then the fetched ones have at some sizes. Errors of the log.
Result<std::map<std::uint64_t, crypto::Sha256>> roots_of(OwnLog const& log, LeafPlace const& from,
                                                         std::span<crypto::Leaf const> fetched,
                                                         std::set<std::uint64_t> const& sizes) {
    std::map<std::uint64_t, crypto::Sha256> roots;
    crypto::TreeHead tree;
    auto const look = [&] {
        if (sizes.contains(tree.size())) roots.emplace(tree.size(), tree.root());
    };
    look();
    while (tree.size() < from.position) {
        auto const count = std::min(leaves_read_at_once, from.position - tree.size());
        FANLIGHT_TRY(auto const leaves, log.leaves(from.shard, tree.size(), count));
        for (auto const& leaf : leaves) {
            tree.append(crypto::leaf_hash(leaf.bytes()));
            look();
        }
    }
    for (auto const& leaf : fetched) {
        tree.append(crypto::leaf_hash(leaf.bytes()));
        look();
    }
    return roots;
}

std::string organisation_of(Self const& self, PartyId const& party) {
    auto const* entry = self.agreement.find(party);
    return entry == nullptr ? std::string() : entry->organisation;
}

} // namespace

Bytes restored_key(RestoredLeaves const& leaves) {
    return ByteWriter().u32(static_cast<std::uint32_t>(leaves.first.shard)).u64(leaves.first.position).take();
}

Bytes restored_value(RestoredLeaves const& leaves) {
    return ByteWriter().u64(leaves.end).instant(leaves.at).u32(leaves.queries).take();
}

Result<RestoredLeaves> parse_restored(ByteView key, ByteView value) {
    constexpr auto where = "stored restore of the log";
    RestoredLeaves leaves;
    ByteReader place(key);
    leaves.first.shard = static_cast<std::int32_t>(place.u32());
    leaves.first.position = place.u64();
    FANLIGHT_TRY(place.finish(where));
    ByteReader in(value);
    leaves.end = in.u64();
    leaves.at = in.instant();
    leaves.queries = in.u32();
    FANLIGHT_TRY(in.finish(where));
    return leaves;
}

RestoredLeaves Restorer::Restored::record(Instant now) const {
    auto const queries = std::count_if(leaves.begin(), leaves.end(), [](crypto::Leaf const& leaf) {
        return leaf.kind == crypto::LeafClass::query_received;
    });
    return {{shard, common}, common + leaves.size(), now, static_cast<std::uint32_t>(queries)};
}

void Restorer::start(Instant now, Effects& effects) {
    for (auto const& witness : witnesses_of(self_, self_.party))
        if (!told_.contains(witness)) ask(now, witness, copies_position_end, effects);
    consider(now, effects);
}

void Restorer::ask(Instant now, PartyId const& witness, std::uint64_t first, Effects& effects) {
    auto const exchange = self_.random.make<ExchangeId>();
    asked_[witness] = {exchange, now};
    CopiesRequest const request{shard_origin(self_.agreement.domain, self_.party, from_.shard), first};
    post_.send(now, {witness, MessageType::copies_request, exchange, {}, encode(request)}, effects);
}

/// A head that we have signed ourselves, with whichever key we had; nothing, if it is not.
std::optional<Restorer::Told> Restorer::head_of(std::string const& note) const {
    if (note.empty()) return Told{};
    auto const policy = log_policy(self_, self_.party, from_.shard);
    if (!policy) return std::nullopt;
    for (auto const& log : policy.assume_value().logs())
        if (auto head = crypto::open_checkpoint(note, log.key)) return Told{std::move(head).assume_value(), note};
    return std::nullopt;
}

void Restorer::reply(Instant now, Incoming const& incoming, Effects& effects) {
    auto const asked = asked_.find(incoming.sender);
    // Only what answers our own last question: an old reply would tell an old head.
    if (asked == asked_.end() || incoming.envelope.exchange != asked->second.exchange || restored_) return;
    auto const decoded = decode_copies_reply(incoming.envelope.payload);
    if (!decoded) return;
    auto const& message = decoded.assume_value();
    if (message.origin != shard_origin(self_.agreement.domain, self_.party, from_.shard)) return;
    asked_.erase(asked);
    if (!fetch_) {
        if (auto told = head_of(message.head)) told_.insert_or_assign(incoming.sender, std::move(*told));
        return consider(now, effects);
    }
    if (incoming.sender != fetch_->sources.at(fetch_->source)) return;
    fetch_->silent.erase(incoming.sender);
    if (!take(message.chunks)) return next_source(now, effects);
    fetch_->in_vain = 0;
    ask_for_piece(now, effects);
}

std::vector<PartyId> Restorer::waited_for() const {
    std::vector<PartyId> parties;
    for (auto const& witness : witnesses_of(self_, self_.party))
        if (!told_.contains(witness)) parties.push_back(witness);
    return parties;
}

/// An organisation has told once all its parties have: any one of them may know the newest head.
bool Restorer::enough() const {
    std::set<std::string> all;
    std::set<std::string> silent;
    for (auto const& entry : self_.agreement.parties) all.insert(entry.organisation);
    all.erase(self_.own_entry().organisation);
    for (auto const& party : waited_for()) silent.insert(organisation_of(self_, party));
    auto const needed = cosigners_needed_of(self_.agreement, self_.party);
    return silent.size() < std::max<std::size_t>(needed, 1) && all.size() - silent.size() >= needed;
}

void Restorer::consider(Instant now, Effects& effects) {
    if (fetch_ || restored_ || !enough()) return;
    if (!enough_since_) enough_since_ = now;
    if (waited_for().empty() || *enough_since_ + restore_patience <= now) begin_fetch(now, effects);
}

void Restorer::begin_fetch(Instant now, Effects& effects) {
    asked_.clear(); // who tells its head now comes too late
    Told best;
    for (auto const& [witness, told] : told_)
        if (told.head.size > best.head.size && !aside_.contains(witness)) best = told;
    fetch_ = Fetch{best.head, best.note, {}, 0, 0, 0, {}, {}, {}};
    if (best.head.size == 0) { // nobody ever witnessed it
        if (!aside_.empty() || verify() != Verdict::restored) give_up(now);
        return;
    }
    for (auto const& [witness, told] : told_)
        if (told.head.size != 0 && !aside_.contains(witness)) fetch_->sources.push_back(witness);
    std::stable_sort(fetch_->sources.begin(), fetch_->sources.end(), [this](PartyId const& left, PartyId const& right) {
        return told_.at(left).head.size > told_.at(right).head.size;
    });
    ask_for_piece(now, effects);
}

void Restorer::ask_for_piece(Instant now, Effects& effects) {
    if (next_position() < fetch_->head.size)
        return ask(now, fetch_->sources.at(fetch_->source), next_position(), effects);
    judge(now, effects);
}

void Restorer::judge(Instant now, Effects& effects) {
    switch (verify()) {
    case Verdict::restored: return;
    case Verdict::other_leaves: return next_attempt(now, effects);
    case Verdict::too_few: return begin_fetch(now, effects); // without those who are aside now
    }
}

/// True if it has the next leaf that we need, and what else there is.
bool Restorer::take(std::span<CopiesReply::Chunk const> chunks) {
    bool any = false;
    for (auto const& chunk : chunks) {
        auto const next = next_position();
        if (next >= fetch_->head.size || chunk.first > next || chunk.first + chunk.count <= next) break;
        auto const copy = open_copy(self_, chunk.sealed, chunk.count);
        if (!copy) break;
        auto const& leaves = copy.assume_value().leaves;
        auto const end = std::min(chunk.first + chunk.count, fetch_->head.size);
        for (auto at = next; at < end; ++at) fetch_->leaves.push_back(leaves[at - chunk.first]);
        auto const& erased = copy.assume_value().erased;
        fetch_->erased.insert(fetch_->erased.end(), erased.begin(), erased.end());
        any = true;
    }
    return any;
}

void Restorer::next_source(Instant now, Effects& effects) {
    if (++fetch_->in_vain == fetch_->sources.size()) return next_attempt(now, effects);
    fetch_->source = (fetch_->source + 1) % fetch_->sources.size();
    ask_for_piece(now, effects);
}

/// From the beginning, with another source first: leaves of one of them were not those of the head.
void Restorer::next_attempt(Instant now, Effects& effects) {
    if (++fetch_->attempts >= fetch_->sources.size()) {
        if (from_.position == 0) return give_up(now);
        from_.position = 0; // the copy may have gone on by itself, and have found somebody to cosign that
        fetch_->attempts = 0;
    }
    fetch_->source = fetch_->attempts;
    fetch_->in_vain = 0;
    fetch_->leaves.clear();
    fetch_->erased.clear();
    ask_for_piece(now, effects);
}

void Restorer::give_up(Instant now) {
    lost_ = Lost{fetch_->head, fetch_->note, {}, std::move(fetch_->silent)};
    for (auto const& [witness, told] : told_)
        if (told.head.size >= fetch_->head.size) lost_->known_by.insert(witness);
    for (auto const& witness : waited_for()) lost_->silent.insert(witness);
    fetch_.reset();
    asked_.clear();
    told_.clear();
    aside_.clear();
    enough_since_.reset();
    retry_at_ = now + restore_retried;
}

/// Whether our leaves and the fetched ones are those of the head, and enough others have heads of the same tree.
Restorer::Verdict Restorer::verify() {
    auto const& head = fetch_->head;
    auto const own_size = log_.size(from_.shard);
    if (!own_size || own_size.assume_value() < from_.position) return Verdict::other_leaves;
    std::set<std::uint64_t> sizes{head.size};
    for (auto const& [witness, told] : told_) sizes.insert(told.head.size);
    auto const roots = roots_of(log_, from_, fetch_->leaves, sizes);
    if (!roots) return Verdict::other_leaves;
    auto const& known = roots.assume_value();
    if (head.size != 0 && known.at(head.size) != head.root) return Verdict::other_leaves;
    std::set<PartyId> agreeing;
    std::set<PartyId> elsewhere;
    std::set<std::string> organisations;
    for (auto const& [witness, told] : told_) {
        if (told.head.size == 0) continue;
        auto const root = known.find(told.head.size);
        bool const same = root != known.end() && root->second == told.head.root;
        (same ? agreeing : elsewhere).insert(witness);
        if (same) organisations.insert(organisation_of(self_, witness));
    }
    // A head that too few have cosigned may be one that the copy made by itself; then the log ends elsewhere.
    if (!elsewhere.empty() && organisations.size() < cosigners_needed_of(self_.agreement, self_.party)) {
        aside_.insert(agreeing.begin(), agreeing.end());
        return Verdict::too_few;
    }

    Restored done{from_.shard, from_.position, {}, {}, head, fetch_->note, std::move(elsewhere)};
    while (done.common < std::min(own_size.assume_value(), next_position())) {
        auto const count =
            std::min({leaves_read_at_once, own_size.assume_value() - done.common, next_position() - done.common});
        auto const own = log_.leaves(from_.shard, done.common, count);
        if (!own) return Verdict::other_leaves;
        auto const begin = done.common;
        for (auto const& leaf : own.assume_value()) {
            if (leaf.bytes() != fetch_->leaves[done.common - from_.position].bytes()) break;
            ++done.common;
        }
        if (done.common != begin + count) break;
    }
    auto const kept = done.common - from_.position;
    done.leaves.assign(fetch_->leaves.begin() + static_cast<std::ptrdiff_t>(kept), fetch_->leaves.end());
    done.erased = std::move(fetch_->erased);
    // All that came back is ours already: what the copy has beyond it stays.
    if (done.leaves.empty()) done.common = own_size.assume_value();
    restored_ = std::move(done);
    lost_.reset();
    return Verdict::restored;
}

void Restorer::wake(Instant now, Effects& effects) {
    if (restored_) return;
    if (retry_at_ && *retry_at_ <= now) {
        retry_at_.reset();
        return start(now, effects);
    }
    if (retry_at_) return;
    if (fetch_) {
        auto const source = fetch_->sources.at(fetch_->source);
        auto const asked = asked_.find(source);
        if (asked == asked_.end() || asked->second.at + restore_piece_patience > now) return;
        fetch_->silent.insert(source);
        asked_.erase(asked);
        return next_source(now, effects);
    }
    for (auto const& witness : waited_for()) {
        auto const asked = asked_.find(witness);
        if (asked == asked_.end() || asked->second.at + restore_asked_again <= now)
            ask(now, witness, copies_position_end, effects);
    }
    consider(now, effects);
}

std::optional<Instant> Restorer::next_wake() const {
    if (restored_) return std::nullopt;
    if (retry_at_) return retry_at_;
    std::optional<Instant> soonest;
    auto const at = [&](Instant when) {
        if (!soonest || when < *soonest) soonest = when;
    };
    for (auto const& [witness, asked] : asked_) at(asked.at + (fetch_ ? restore_piece_patience : restore_asked_again));
    if (!fetch_ && enough_since_) at(*enough_since_ + restore_patience);
    return soonest;
}

} // namespace fanlight::protocol
