#include "node/store/database.hpp"

#include "crypto/text.hpp"
#include "node/store/schema.hpp"

#include <sqlite3.h>

#include <cassert>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace fanlight::node {

namespace {

Error error_of(int code, char const* where) {
    switch (code & 0xFF) {
    case SQLITE_NOTADB:
        return {Errc::wrong_key, "store", "The key or passphrase is not the one this store was made with."};
    case SQLITE_CORRUPT: return {Errc::damaged, where, "Restore the data directory from a backup."};
    case SQLITE_FULL: return {Errc::io, where, "The disk is full. Free some space; nothing was lost."};
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {Errc::exists, where, "Another process is using this data directory. Stop it first."};
    case SQLITE_CANTOPEN: return {Errc::missing, where, "Check the path and who may read it."};
    default: return {Errc::io, where, "Check the disk."};
    }
}

} // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

// A failed bind (out of memory, bad index) shows as a failed step: SQLite remembers nothing of it, so ask at once.
Statement& Statement::bind(int parameter, ByteView blob) {
    [[maybe_unused]] auto const code =
        sqlite3_bind_blob64(statement_.get(), parameter, blob.empty() ? "" : static_cast<void const*>(blob.data()),
                            blob.size(), SQLITE_TRANSIENT);
    assert(code == SQLITE_OK);
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
    [[maybe_unused]] auto const code = sqlite3_bind_text64(statement_.get(), parameter, text.empty() ? "" : text.data(),
                                                           text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    assert(code == SQLITE_OK);
    return *this;
}

Statement& Statement::bind(int parameter, std::int64_t number) {
    [[maybe_unused]] auto const code = sqlite3_bind_int64(statement_.get(), parameter, number);
    assert(code == SQLITE_OK);
    return *this;
}

Statement& Statement::bind_null(int parameter) {
    [[maybe_unused]] auto const code = sqlite3_bind_null(statement_.get(), parameter);
    assert(code == SQLITE_OK);
    return *this;
}

Result<bool> Statement::step() {
    auto const code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    auto const error = error_of(code, "store");
    reset(); // or the next bind is a misuse
    return error;
}

Result<void> Statement::run() {
    auto const row = step();
    reset();
    if (!row) return row.as_failure();
    return ok();
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

ByteView Statement::blob(int column) const {
    auto const* bytes = static_cast<std::uint8_t const*>(sqlite3_column_blob(statement_.get(), column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string Statement::text(int column) const {
    return std::string(as_text(blob(column)));
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::changed() const {
    return sqlite3_changes64(sqlite3_db_handle(statement_.get()));
}

void Database::Close::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

Result<Database> Database::open_file(std::filesystem::path const& file, StoreKey const& key, int flags) {
    sqlite3* raw = nullptr;
    auto const opened =
        sqlite3_open_v2(file.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    Database database(raw);
    if (opened != SQLITE_OK) return error_of(opened, "store");
    if (::chmod(file.c_str(), 0600) != 0) return fail(Errc::io, "store", "Its permissions could not be set to 0600.");
    // A raw key, so that SQLCipher derives nothing: x'<64 hex digits>'. The text is wiped.
    crypto::SecretBytes text(3 + 64);
    auto hex = crypto::to_hex(key.reveal());
    auto const out = text.writable();
    out[0] = 'x';
    out[1] = '\'';
    std::copy(hex.begin(), hex.end(), out.begin() + 2);
    out[66] = '\'';
    crypto::detail::wipe({reinterpret_cast<std::uint8_t*>(hex.data()), hex.size()});
    auto const keyed = sqlite3_key(raw, text.reveal().data(), static_cast<int>(text.reveal().size()));
    if (keyed != SQLITE_OK) return error_of(keyed, "store");
    sqlite3_busy_timeout(raw, 0);
    // The first read shows whether the key is right.
    FANLIGHT_TRY(database.execute("PRAGMA cipher_memory_security = OFF; SELECT count(*) FROM sqlite_schema;"));
    return database;
}

/// The lock is a file of its own: closing another descriptor of the database itself would drop SQLite's locks on it.
Result<Database> Database::open_alone(std::filesystem::path const& file, StoreKey const& key, int flags) {
    auto const path = file.string() + "-lock";
    FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock.is_open()) return fail(Errc::io, "store", "Its lock file cannot be made.");
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) return error_of(SQLITE_BUSY, "store");
    FANLIGHT_TRY(auto database, open_file(file, key, flags));
    database.lock_ = std::move(lock);
    // secure_delete: what is deleted is overwritten in the file.
    FANLIGHT_TRY(database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
                                  "PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON; "
                                  "PRAGMA cache_size = -16000;"));
    FANLIGHT_TRY(database.migrate());
    return database;
}

Result<Database> Database::create(std::filesystem::path const& file, StoreKey const& key) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return fail(Errc::exists, "store");
    return open_alone(file, key, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

Result<Database> Database::open(std::filesystem::path const& file, StoreKey const& key) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
        return fail(Errc::missing, "store", "This is not a data directory of Fanlight; make one with: fanlight init");
    return open_alone(file, key, SQLITE_OPEN_READWRITE);
}

Result<Database> Database::open_reader(std::filesystem::path const& file, StoreKey const& key) {
    constexpr int patience_ms = 5000; // the writer cuts its log, or SQLite recovers it: a moment
    FANLIGHT_TRY(auto database, open_file(file, key, SQLITE_OPEN_READWRITE));
    sqlite3_busy_timeout(database.database_.get(), patience_ms);
    FANLIGHT_TRY(database.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -2000;"));
    return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    auto const code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return error_of(code, "store");
    return Statement(statement);
}

Result<void> Database::execute(char const* sql) {
    auto const code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error_of(code, "store");
    return ok();
}

Result<int> Database::schema_version() {
    FANLIGHT_TRY(auto statement, prepare("PRAGMA user_version"));
    FANLIGHT_TRY(auto const row, statement.step());
    if (!row) return fail(Errc::damaged, "store");
    return static_cast<int>(statement.number(0));
}

Result<void> Database::migrate() {
    FANLIGHT_TRY(auto const version, schema_version());
    auto const newest = static_cast<int>(schema_steps.size());
    if (version > newest)
        return fail(Errc::version_mismatch, "store", "It was written by a newer Fanlight; run that one.");
    for (int step = version; step < newest; ++step) {
        FANLIGHT_TRY(auto transaction, Transaction::begin(*this));
        FANLIGHT_TRY(execute(schema_steps[static_cast<std::size_t>(step)]));
        FANLIGHT_TRY(execute(("PRAGMA user_version = " + std::to_string(step + 1)).c_str()));
        FANLIGHT_TRY(transaction.commit());
    }
    return ok();
}

Result<bool> Database::truncate_wal() {
    FANLIGHT_TRY(auto checkpoint, prepare("PRAGMA wal_checkpoint(TRUNCATE)"));
    FANLIGHT_TRY(auto const row, checkpoint.step());
    return row && checkpoint.number(0) == 0;
}

Result<Transaction> Transaction::begin(Database& database) {
    FANLIGHT_TRY(database.execute("BEGIN IMMEDIATE"));
    return Transaction(database);
}

Transaction::~Transaction() {
    if (database_ == nullptr) return;
    // Nothing to do about a failure: SQLite has rolled back already where a statement failed badly.
    [[maybe_unused]] auto const rolled_back = database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
    FANLIGHT_TRY(database_->execute("COMMIT"));
    database_ = nullptr;
    return ok();
}

} // namespace fanlight::node
