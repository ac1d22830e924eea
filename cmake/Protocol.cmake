# The generated code of protocol/wire/*.proto; only protocol/wire sees it.
set(generated "${CMAKE_BINARY_DIR}/generated")
file(MAKE_DIRECTORY "${generated}")
set(sources)
foreach(name fanlight ceremony)
    add_custom_command(
        OUTPUT "${generated}/${name}.pb.cc" "${generated}/${name}.pb.h"
        COMMAND protobuf::protoc "--proto_path=${CMAKE_SOURCE_DIR}/protocol/wire" "--cpp_out=${generated}" ${name}.proto
        DEPENDS "${CMAKE_SOURCE_DIR}/protocol/wire/${name}.proto")
    list(APPEND sources "${generated}/${name}.pb.cc" "${generated}/${name}.pb.h")
endforeach()
add_library(fanlight_wire_generated STATIC ${sources})
target_include_directories(fanlight_wire_generated SYSTEM PUBLIC "${generated}")
target_link_libraries(fanlight_wire_generated PUBLIC protobuf::libprotobuf)
target_compile_features(fanlight_wire_generated PUBLIC cxx_std_20)
