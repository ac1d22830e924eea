#pragma once
// How an export of the log is written. Each format is a class behind one interface, so that another one is a file more.

#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fanlight::cli {

struct ExportAbout {
    std::string agency; ///< whose log
    std::string user;
    std::string from; ///< as text
    std::string to;
    std::string made;
};
/// A head under which the leaves of one shard are.
struct ExportHead {
    std::string shard;
    std::string note; ///< a signed checkpoint
    bool cosigned = false;
};

class ExportFormat {
  public:
    using Sink = std::function<void(std::string_view)>;
    ExportFormat() = default;
    ExportFormat(ExportFormat const&) = delete;
    ExportFormat& operator=(ExportFormat const&) = delete;
    virtual ~ExportFormat() = default;

    /// Once, first. `summary`: the node's list of exceptions (docs/protocol.md, "Local interface").
    virtual void begin(ExportAbout const& about, boost::json::object const& summary, Sink const& out) = 0;
    /// In order of place.
    virtual void leaf(boost::json::object const& event, Sink const& out) = 0;
    virtual void end(std::uint64_t leaves, std::vector<ExportHead> const& heads, Sink const& out) = 0;
    /// A second file for people, and its ending: "fields.csv"; empty: none.
    virtual std::string dictionary() const { return {}; }
};
/// "csv", "jsonl" or "html"; nullptr: there is no such format.
std::unique_ptr<ExportFormat> export_format(std::string_view name);

/// RFC 4180, always quoted. What a spreadsheet would take for a formula gets an apostrophe in front.
std::string csv_cell(std::string_view text);
/// For the text of an HTML element or attribute.
std::string html_text(std::string_view text);

} // namespace fanlight::cli
