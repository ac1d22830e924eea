#pragma once
// The file of an export while it is written: hashed as it goes, and nobody's until it is handed over.

#include "admin-cli/log_verbs.hpp"
#include "crypto/hash.hpp"

#include <string_view>

namespace fanlight::cli {

class ExportFile {
  public:
    ExportFile() = default;
    ExportFile(ExportFile const&) = delete;
    ExportFile& operator=(ExportFile const&) = delete;
    ~ExportFile(); ///< what was not handed over is gone

    /// Begins "<out>.part", mode 0600. Errc::exists: that or `out` is there; Errc::io.
    Result<void> open(std::filesystem::path const& out);
    /// What goes wrong is said by finish().
    void write(std::string_view text);
    /// Durable; the SHA-256 of everything. Errc::io.
    Result<crypto::Sha256> finish();
    /// From now on it has its name. Errc::exists, Errc::io.
    Result<void> hand_over();

  private:
    void flush();
    std::filesystem::path out_;
    std::filesystem::path part_;
    int number_ = -1;
    bool good_ = true;
    std::string buffer_;
    crypto::Sha256Stream hash_;
};

} // namespace fanlight::cli
