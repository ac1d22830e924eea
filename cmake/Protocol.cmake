# The generated code of protocol/wire/fanlight.proto; only protocol/wire/wire.cpp sees it.
set(generated "${CMAKE_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${generated}")
add_custom_command(
    OUTPUT "${generated}/fanlight.pb.cc" "${generated}/fanlight.pb.h"
    COMMAND protobuf::protoc "--proto_path=${CMAKE_SOURCE_DIR}/protocol/wire" "--cpp_out=${generated}" fanlight.proto
    DEPENDS "${CMAKE_SOURCE_DIR}/protocol/wire/fanlight.proto")
add_library(fanlight_wire_generated STATIC "${generated}/fanlight.pb.cc" "${generated}/fanlight.pb.h")
target_include_directories(fanlight_wire_generated SYSTEM PUBLIC "${generated}")
target_link_libraries(fanlight_wire_generated PUBLIC protobuf::libprotobuf)
target_compile_features(fanlight_wire_generated PUBLIC cxx_std_20)
