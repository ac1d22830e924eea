# Every compiler and linker flag of the project, in one place (house rule: flags only here).
add_library(fanlight_flags INTERFACE)
target_compile_features(fanlight_flags INTERFACE cxx_std_20)
target_compile_options(fanlight_flags INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wcast-qual
    -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2 -Wundef -Wswitch-enum -fno-strict-overflow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(fanlight_flags INTERFACE -Wduplicated-cond -Wlogical-op -ftrivial-auto-var-init=zero)
endif()
# Binding a library's functions at their first call would spill vector registers, with secrets in them, to the stack.
target_link_options(fanlight_flags INTERFACE -Wl,-z,now)
# Asserts are always on: a bug must stop the process before it leaks or loses something.
target_compile_options(fanlight_flags INTERFACE -UNDEBUG)
target_compile_definitions(fanlight_flags INTERFACE _GLIBCXX_ASSERTIONS TOML_HEADER_ONLY=0 TOML_SHARED_LIB=1)

option(FANLIGHT_HARDENED "FORTIFY, stack protector, PIE, full RELRO" OFF)
if(FANLIGHT_HARDENED)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    target_compile_options(fanlight_flags INTERFACE
        -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
    target_link_options(fanlight_flags INTERFACE -pie -Wl,-z,relro,-z,noexecstack)
endif()

option(FANLIGHT_SANITIZE "address and undefined behaviour sanitizers (clang)" OFF)
if(FANLIGHT_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize=function -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined -fno-sanitize=function)
endif()
