# The programs. `fanlight` is the administrator's tool, `fanlight-node` the daemon; both are installed.
add_executable(fanlight-node node/daemon/main.cpp)
target_link_libraries(fanlight-node PRIVATE fanlight_node CLI11::CLI11 fanlight_flags)
target_compile_definitions(fanlight-node PRIVATE "FANLIGHT_VERSION=\"${PROJECT_VERSION}\"")

add_executable(fanlight admin-cli/main.cpp)
target_link_libraries(fanlight PRIVATE fanlight_admin-cli fanlight_flags)
target_compile_definitions(fanlight PRIVATE "FANLIGHT_VERSION=\"${PROJECT_VERSION}\"")

install(TARGETS fanlight fanlight-node RUNTIME)
install(FILES docs/operations.md docs/agreement.md DESTINATION share/doc/fanlight)

# Practice only: signs a made-up agreement for every party. Never installed, never in a package.
add_executable(fanlight-practice node/practice/main.cpp)
target_link_libraries(fanlight-practice PRIVATE fanlight_node CLI11::CLI11 fanlight_flags)

# A dealer of key shares, for tests and benches only: no program of ours links it.
add_library(fanlight_dealer STATIC crypto/practice/practice_dealer.cpp)
target_link_libraries(fanlight_dealer PUBLIC fanlight_crypto PRIVATE fanlight_flags)
