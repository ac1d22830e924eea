#pragma once
// A SQLCipher database: opening with a raw key, statements, transactions, numbered migrations. The only room that sees
// sqlite3_*. One thread a Database. One process has it open; inside that process, readers on other threads.

#include "base/bytes.hpp"
#include "crypto/secret.hpp"
#include "node/log/files.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace fanlight::node {

using StoreKey = crypto::Secret<struct StoreKeyTag, 32>;

/// A prepared statement. Parameters and columns count as SQL does: parameters from 1, columns from 0.
/// Not to outlive its Database.
class Statement {
  public:
    /// The bytes are copied.
    Statement& bind(int parameter, ByteView blob);
    Statement& bind(int parameter, std::string_view text);
    Statement& bind(int parameter, std::int64_t number);
    Statement& bind_null(int parameter);

    /// True: a row; false: done. Errc::io (disk, full), Errc::damaged.
    Result<bool> step();
    /// Runs to the end, for statements that return nothing, and resets.
    Result<void> run();
    void reset();

    std::int64_t number(int column) const;
    /// Lives until the next step or reset.
    ByteView blob(int column) const;
    std::string text(int column) const;
    bool is_null(int column) const;
    /// Rows that the last INSERT, UPDATE or DELETE of this database has changed.
    std::int64_t changed() const;

  private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
  public:
    /// Makes the file (Errc::exists if it is there) or opens it (Errc::missing if it is not; Errc::wrong_key if the
    /// key does not open it; Errc::damaged; Errc::exists if another Database has it open). WAL, synchronous = FULL,
    /// foreign keys on, mode 0600. "<file>-lock" beside it is what keeps a second process out.
    static Result<Database> create(std::filesystem::path const& file, StoreKey const& key);
    static Result<Database> open(std::filesystem::path const& file, StoreKey const& key);
    /// One more view of a database that this process has open, to read on another thread; a transaction of it sees one
    /// moment, whatever is written meanwhile. Closed before the Database it stands beside. Same errors.
    static Result<Database> open_reader(std::filesystem::path const& file, StoreKey const& key);

    Result<Statement> prepare(std::string_view sql);
    /// Statements without parameters, one or several.
    Result<void> execute(char const* sql);
    /// Brings the schema to its newest version, each step in its own transaction; forward only.
    Result<void> migrate();
    /// Outside a transaction: brings the write-ahead log into the file and cuts it to nothing, so that what was
    /// deleted is in neither. False: a reader is in the way; try again later.
    Result<bool> truncate_wal();

  private:
    struct Close {
        void operator()(sqlite3* database) const;
    };
    explicit Database(sqlite3* database) : database_(database) {}
    static Result<Database> open_file(std::filesystem::path const& file, StoreKey const& key, int flags);
    static Result<Database> open_alone(std::filesystem::path const& file, StoreKey const& key, int flags);
    Result<int> schema_version();

    FileDescriptor lock_; // let go of after the database is closed
    std::unique_ptr<sqlite3, Close> database_;
};

/// Rolls back unless committed.
class Transaction {
  public:
    static Result<Transaction> begin(Database& database);
    Transaction(Transaction&& other) noexcept : database_(other.database_) { other.database_ = nullptr; }
    Transaction& operator=(Transaction&&) = delete;
    Transaction(Transaction const&) = delete;
    Transaction& operator=(Transaction const&) = delete;
    ~Transaction();
    /// Durable when it returns.
    Result<void> commit();

  private:
    explicit Transaction(Database& database) : database_(&database) {}
    Database* database_;
};

} // namespace fanlight::node
