# Installs the build tree into a temporary prefix and builds a consumer against it.
#
#   cmake -DMODE=... -DBUILD=... -DSOURCE=... -DCXX=... -DCXX_FLAGS=... -DWORK=... -P this
#
# MODE: find_package, pkg_config, or subdirectory. The last only configures and compiles the
# consumer, because building all of Pando again takes too long for every run; with PANDO_PACKAGE_FULL
# in the environment it is built, linked and run as well.

cmake_minimum_required(VERSION 3.25)

function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output
                  ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${what} failed (${result}): ${command}\n${output}")
  endif()
  set(run_output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK}/build)
set(consumer ${SOURCE}/tests/package/consumer)
set(configure ${CMAKE_COMMAND} -G Ninja -S ${consumer} -B ${WORK}/build
    -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=${CXX_FLAGS})

if(MODE STREQUAL "subdirectory")
  run("configuring" ${configure} -DPANDO_SUBDIRECTORY=${SOURCE})
  if(DEFINED ENV{PANDO_PACKAGE_FULL})
    run("building" ${CMAKE_COMMAND} --build ${WORK}/build --target consumer)
    run("the consumer" ${CMAKE_COMMAND} -E chdir ${WORK} ${WORK}/build/consumer)
  else()
    run("compiling" ${CMAKE_COMMAND} --build ${WORK}/build
        --target CMakeFiles/consumer.dir/main.cc.o)
  endif()
  return()
endif()

set(prefix ${WORK}/prefix)
run("installing" ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
file(GLOB_RECURSE archives ${prefix}/*.a)
if(NOT archives)
  message(FATAL_ERROR "no library was installed under ${prefix}")
endif()

if(EXISTS ${prefix}/bin/pando)
  foreach(file man/man1/pando.1 bash-completion/completions/pando zsh/site-functions/_pando)
    if(NOT EXISTS ${prefix}/share/${file})
      message(FATAL_ERROR "share/${file} was not installed")
    endif()
  endforeach()
endif()

file(GLOB_RECURSE readme ${prefix}/share/doc/*/README.md)
list(FILTER readme EXCLUDE REGEX /examples/)
get_filename_component(documents ${readme} DIRECTORY)
file(READ ${readme} text)
string(REPLACE "](" "@" text "${text}")  # An item of a list must not hold half of a bracket.
string(REGEX MATCHALL "@[a-zA-Z][^):#@]*[)#]" links "${text}")
if(NOT links)
  message(FATAL_ERROR "README.md has no links")
endif()
foreach(link IN LISTS links)
  string(REGEX MATCH "[a-zA-Z][^):#]*" link ${link})
  if(NOT EXISTS ${documents}/${link})
    message(FATAL_ERROR "README.md links to ${link}, which was not installed")
  endif()
endforeach()

if(MODE STREQUAL "find_package")
  # What only the build needs must not be asked of those who link the result.
  run("configuring" ${configure} -DCMAKE_PREFIX_PATH=${prefix}
      -DCMAKE_DISABLE_FIND_PACKAGE_spdlog=ON -DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON)
  run("building" ${CMAKE_COMMAND} --build ${WORK}/build)
elseif(MODE STREQUAL "pkg_config")
  file(GLOB_RECURSE pc ${prefix}/pando.pc)
  get_filename_component(folder ${pc} DIRECTORY)
  run("pkg-config" ${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${folder}
      pkg-config --cflags --libs pando)
  if(run_output MATCHES "-D")
    message(FATAL_ERROR "pando.pc defines macros for its users: ${run_output}")
  endif()
  separate_arguments(flags UNIX_COMMAND "${run_output}")
  separate_arguments(cxx_flags UNIX_COMMAND "${CXX_FLAGS}")
  run("compiling" ${CXX} -std=c++20 -Wall -Wextra -Werror ${cxx_flags} ${consumer}/main.cc
      -o ${WORK}/build/consumer ${flags})
else()
  message(FATAL_ERROR "unknown MODE '${MODE}'")
endif()
run("the consumer" ${CMAKE_COMMAND} -E chdir ${WORK} ${WORK}/build/consumer)
if(EXISTS ${prefix}/bin/pando)
  run("the installed command" ${prefix}/bin/pando --version)
endif()
file(REMOVE_RECURSE ${WORK})
