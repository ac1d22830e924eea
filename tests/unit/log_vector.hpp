#pragma once
// The worked vector of a log's outer layers: seven leaves of 96 bytes, their signed head with three cosignatures, a
// policy, a proof and a witness request. Made by the Go packages golang.org/x/mod/sumdb/note and filippo.io/torchwood.
// (Its leaves begin with another magic than ours, so they are bytes here, and no crypto::Leaf.)

#include "crypto/text.hpp"

#include <string>

namespace fanlight::test {

inline std::string const vector_policy = "log hub.example.gov.uk/disclosures/police/2026+1472077e+"
                                         "AeaM8SLkVEuzAL4Y9oF18Gb24MKLLcsJLAcAS9H/Br3a\n"
                                         "witness csc hub.example.gov.uk/witness/csc+e03073ef+"
                                         "BHcmWvWG02+cfSEb3Hpbcrs65JfhfgJyXNsM94TfPR+n\n"
                                         "witness health hub.example.gov.uk/witness/health+b281dd89+"
                                         "BKONlptPEchORT8p5vYtxRDaqGsmc1tmZzSnoP4zJ+gh\n"
                                         "witness housing hub.example.gov.uk/witness/housing+aaa7e0b8+"
                                         "BEz99G+WY18QKA2UQ06sXP6v7NzlS8co3l+yZG9eAxmf\n"
                                         "group agencies 2 csc health housing\n"
                                         "quorum agencies\n";

/// The head as the log alone has signed it.
inline std::string const vector_signed =
    "hub.example.gov.uk/disclosures/police/2026\n"
    "7\n"
    "VAjepykc27hklVx0AkenTYNMMw7jEuHQaxWAFmJSW2Y=\n"
    "\n"
    "— hub.example.gov.uk/disclosures/police/2026 "
    "FHIHflMzKwgFRMvj+eGawUnD65s8sksL1K/NKmFN4OvxNOFSb6LeGwpaFuk/djidvfAcGadj7Z3oIAMNIKo9ppbN8gg=\n";
/// And with its three cosignatures, all of this second.
inline std::string const vector_head =
    vector_signed +
    "— hub.example.gov.uk/witness/csc "
    "4DBz7wAAAABqsTuAAxIsZ5dqEPZLrrulivIBY2Cd71OsR0XHtbMBsLyFrcfuFcnzzPpKjF3EznMmA1cGP6Il+zKOzzZTwc32QXWTAg==\n"
    "— hub.example.gov.uk/witness/health "
    "soHdiQAAAABqsTuAtAhryno/L2/JuH3MKjGzbcT3MiBSDfoC/hXM9kNbOwghnGkl8Sv6wk3K+66IHmm0D39Bqa1Ev2B5dSQjszuYBw==\n"
    "— hub.example.gov.uk/witness/housing "
    "qqfguAAAAABqsTuAL6XsdWzqLYqwghfFKNjrXvtJ940CyjwmVKlbukeegy0OFL1omYP3kj3K0R3opHzgB11kSRjvuG3+87/rc5yMAw==\n";
inline constexpr std::uint64_t vector_seconds = 0x6AB13B80;
inline constexpr auto vector_root = "5408dea7291cdbb864955c740247a74d834c330ee312e1d06b15801662525b66";

/// Of leaf 4, counted from 0.
inline std::string const vector_proof = "c2sp.org/tlog-proof@v1\n"
                                        "index 4\n"
                                        "67nIcTdqKCJNIZG/xLtlxcbDd462rRXZ8ywf5EU8hm0=\n"
                                        "XPuR0Cj93guShmH2lzdBugA1rpphAXABhlMg+VNaFcw=\n"
                                        "0Tj81QtbqQGtiGntxfNAU1dFpl4r23bdOtL/t5bhzYY=\n"
                                        "\n" +
                                        vector_head;
inline Bytes vector_leaf() {
    return crypto::from_hex("4f464431040000000000000000000000d1707dbf97f8eb9140a8d39d8490fc31"
                            "f78dee90f372418f7fca32b3f6f63e1799ed1f295a3b705003f33ea751127a27"
                            "56301e3e86ca6552b3b1a1f87a68e886a17365f5a160257f0a067ebee485e95f")
        .value();
}

/// From a head of four leaves, whose root this is.
inline constexpr auto vector_old_root = "d138fcd50b5ba901ad8869edc5f340535745a65e2bdb76dd3ad2ffb796e1cd86";
inline std::string const vector_request = "old 4\n"
                                          "jfWX/kTW+118IoAEx+A7MCH1ZF9F6vjuxv/dm8ry+EE=\n"
                                          "\n" +
                                          vector_signed;

} // namespace fanlight::test
