# A room is a directory, a CMake library and a namespace. It sees only the rooms it names; the test "tidy: rooms
# include only what they may" holds every #include against that list. Programs (main.cpp) and what belongs to
# practice federations only (practice/) are not part of a room.
function(fanlight_room name)
    cmake_parse_arguments(room "" "" "USES;LINKS" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${name}/*.cpp")
    list(FILTER sources EXCLUDE REGEX "/main\\.cpp$|/practice/|/node_modules/")
    add_library(fanlight_${name} STATIC ${sources})
    target_include_directories(fanlight_${name} PUBLIC "${CMAKE_SOURCE_DIR}")
    target_link_libraries(fanlight_${name} PUBLIC ${room_LINKS} PRIVATE fanlight_flags)
    target_compile_definitions(fanlight_${name} PUBLIC _GLIBCXX_ASSERTIONS TOML_HEADER_ONLY=0 TOML_SHARED_LIB=1)
    target_compile_features(fanlight_${name} PUBLIC cxx_std_20)
    foreach(lower IN LISTS room_USES)
        target_link_libraries(fanlight_${name} PUBLIC fanlight_${lower})
    endforeach()
endfunction()
