# Build options and the compile flags that every target of the project shares.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

option(PANDO_BUILD_CLI "Build the command `pando`" ${PROJECT_IS_TOP_LEVEL})
option(PANDO_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(PANDO_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(PANDO_BUILD_BENCH "Build the benchmarks" OFF)
option(PANDO_BUILD_FUZZERS "Build the libFuzzer targets (clang)" OFF)
option(PANDO_WARNINGS_AS_ERRORS "Treat warnings as errors" OFF)
set(PANDO_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them")

find_program(PANDO_CCACHE ccache)
if(PANDO_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PANDO_CCACHE})
endif()

if(PANDO_SANITIZE)
  add_compile_options(-fsanitize=${PANDO_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PANDO_SANITIZE})
endif()

if(PANDO_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# pando_library(NAME SOURCES ... [LINK ...] [LINK_PRIVATE ...] [INTERNAL]): a static library of this
# folder. It is installed and becomes a part of pando::pando, unless it is INTERNAL.
function(pando_library name)
  cmake_parse_arguments(ARG "INTERNAL" "" "SOURCES;LINK;LINK_PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_LINK_PRIVATE})
  pando_compile_options(${name})
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  if(NOT ARG_INTERNAL AND NOT folder MATCHES "^(cli|tests|bench|examples)(/|$)")
    set_property(GLOBAL APPEND PROPERTY PANDO_LIBRARIES ${name})
  endif()
endfunction()

function(pando_compile_options name)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  # Position-independent code still calls its own functions directly, so that they can be inlined.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-fno-semantic-interposition>)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
                         $<$<BOOL:${PANDO_WARNINGS_AS_ERRORS}>:-Werror>)
  # g++ 12 sees overlaps in optimised std::string code that are none (GCC bug 105651).
  target_compile_options(${name} PRIVATE
    $<$<AND:$<NOT:$<CONFIG:Debug>>,$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
endfunction()
