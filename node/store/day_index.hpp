#pragma once
// Which people may have a day token: in memory, a few bytes a token (docs/protocol.md, "Tokens").
//
// An entry is 14 bits of the token and a number for the person, in the place that other bits of the token give. So it
// finds everybody who has the token and, now and then, somebody who has not: whoever asks reads that person's tokens
// and compares the whole token. Nothing is ever taken out: a person who is gone is found and then has no anchors.

#include "protocol/engine/records.hpp"

#include <map>

namespace fanlight::node {

/// One thread at a time.
class DayIndex {
  public:
    /// Room for so many entries without growing.
    explicit DayIndex(std::uint64_t expected = 0);

    /// Cheap when one person's tokens come one after the other. Errc::too_large: 67 million people were added.
    Result<void> add(protocol::RecordRow row, protocol::DayToken const& token);
    /// Appends everybody who has the token, and perhaps others; a person perhaps twice.
    void find(protocol::DayToken const& token, std::vector<protocol::RecordRow>& rows) const;
    std::uint64_t entries() const { return entries_; }
    std::uint64_t bytes() const; ///< of memory

  private:
    /// Linear probing, of fixed size.
    class Table {
      public:
        explicit Table(std::uint64_t room);
        bool is_full() const { return used_ == room_; }
        std::uint64_t bytes() const { return slots_.size(); }
        void add(protocol::DayToken const& token, std::uint64_t person);
        template <class Each> void find(protocol::DayToken const& token, Each const& each) const;

      private:
        std::uint64_t home(protocol::DayToken const& token) const;
        std::uint64_t slot(std::uint64_t at) const;

        std::uint64_t room_;
        std::uint64_t count_; // of slots
        std::uint64_t used_ = 0;
        std::vector<std::uint8_t> slots_;
    };
    // When the last is full comes another, half as large as all before it: nothing is ever moved, and there are few.
    std::vector<Table> tables_;
    std::vector<protocol::RecordRow> rows_; // by the number of a person
    std::uint64_t entries_ = 0;
};

/// What a builder has made, and for which request.
struct BuiltIndex {
    protocol::IndexKey key;
    std::uint64_t ticket = 0;
    DayIndex index;
};

struct IndexProgress {
    protocol::IndexKey key;
    bool built = false;
    std::uint64_t entries = 0; ///< anchors done
    std::uint64_t of = 0;      ///< anchors there are; 0: it waits for its turn
};

/// The indexes that are built or being built. One thread: the store's.
class DayIndexes {
  public:
    explicit DayIndexes(Mode mode) : mode_(mode) {}

    /// From now on what add() gets goes into this index. Whoever reads the anchors that are there already must begin
    /// after this and says the ticket when done. An index of this key that was there is gone.
    std::uint64_t begin(protocol::IndexKey const& key);
    /// False if it was dropped or begun anew meanwhile.
    Result<bool> install(BuiltIndex built);
    void drop(protocol::IndexKey const& key);

    Result<void> add(std::uint32_t epoch, protocol::RecordRow row, protocol::AgencySecret const& secret);
    /// Everybody who has the token, and perhaps others; each once. Nobody if the index is not built.
    std::vector<protocol::RecordRow> find(protocol::IndexKey const& key, protocol::DayToken const& token) const;

    /// Those that are not built say nothing of how far they are.
    std::vector<IndexProgress> progress() const;
    std::uint64_t bytes() const;

  private:
    struct Held {
        std::uint64_t ticket = 0;
        std::optional<DayIndex> index;                                          // once it is built
        std::vector<std::pair<protocol::RecordRow, protocol::DayToken>> late{}; // until then
    };
    Mode mode_;
    std::map<protocol::IndexKey, Held> held_;
    std::uint64_t tickets_ = 0;
};

} // namespace fanlight::node
