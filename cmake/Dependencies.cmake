# What the rooms link: Debian 12's packages, and SQLCipher 4 from its pinned source (node/store/sqlcipher).
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(OpenSSL 3 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-uc icu-i18n)
pkg_check_modules(tomlplusplus REQUIRED IMPORTED_TARGET tomlplusplus)

# A system SQLCipher 4 where there is one; Debian 12's is 3.4.1, so the pinned amalgamation it is there.
pkg_check_modules(system_sqlcipher QUIET IMPORTED_TARGET sqlcipher>=4.5)
if(system_sqlcipher_FOUND)
    add_library(sqlcipher ALIAS PkgConfig::system_sqlcipher)
else()
    set(amalgamation
        "${CMAKE_SOURCE_DIR}/node/store/sqlcipher/node_modules/@journeyapps/sqlcipher/deps/sqlcipher-amalgamation")
    if(NOT EXISTS "${amalgamation}/sqlite3.c")
        message(FATAL_ERROR "The SQLCipher source is not there. Run: scripts/setup")
    endif()
    add_library(sqlcipher STATIC "${amalgamation}/sqlite3.c")
    target_include_directories(sqlcipher SYSTEM PUBLIC "${amalgamation}")
    target_compile_options(sqlcipher PRIVATE -w -include stdint.h)
    target_compile_definitions(sqlcipher
        PUBLIC SQLITE_HAS_CODEC
        PRIVATE _GNU_SOURCE HAVE_STDINT_H=1 SQLCIPHER_CRYPTO_OPENSSL SQLITE_TEMP_STORE=2 SQLITE_THREADSAFE=1
                SQLITE_EXTRA_INIT=sqlcipher_extra_init SQLITE_EXTRA_SHUTDOWN=sqlcipher_extra_shutdown
                SQLITE_DQS=0 SQLITE_OMIT_LOAD_EXTENSION SQLITE_OMIT_DEPRECATED)
    target_link_libraries(sqlcipher PUBLIC OpenSSL::Crypto ${CMAKE_DL_LIBS} Threads::Threads)
endif()
