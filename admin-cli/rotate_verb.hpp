#pragma once
// `fanlight key rotate` and `fanlight key status`: this node's operational keys, at the running node.

#include "admin-cli/verbs.hpp"

namespace fanlight::cli {

struct RotateOptions {
    std::string keys = "node,tls,log,witness,sealing,share-sealing";
    bool compromised = false; ///< the former ones shall count for nothing
};
/// Waits a while for the new keys to be in use; they come into use by themselves if it takes longer.
int key_rotate(Common const& common, RotateOptions const& options);
int key_status(Common const& common);

} // namespace fanlight::cli
