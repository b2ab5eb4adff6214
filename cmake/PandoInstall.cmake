# Installation: headers, static libraries, the command, and what others need to find them:
# find_package(pando) gives the target pando::pando, `pkg-config pando` the same as flags.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# The one target to link. The libraries behind it are recorded by pando_library(); those of folders
# above the router (the command) stay out.
get_property(PANDO_LIBRARIES GLOBAL PROPERTY PANDO_LIBRARIES)
add_library(pando_interface INTERFACE)
set_target_properties(pando_interface PROPERTIES EXPORT_NAME pando)
target_link_libraries(pando_interface INTERFACE pando_api ${PANDO_LIBRARIES})
add_library(pando::pando ALIAS pando_interface)

option(PANDO_INSTALL "Make the target `install`" ${PROJECT_IS_TOP_LEVEL})
if(NOT PANDO_INSTALL)
  return()
endif()

# pando_link_order(OUT LIBRARIES): the libraries, each before those it uses, as a linker of static
# libraries wants them.
function(pando_visit library)
  get_property(seen GLOBAL PROPERTY PANDO_VISITED)
  if(library IN_LIST seen)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY PANDO_VISITED ${library})
  get_target_property(uses ${library} LINK_LIBRARIES)
  foreach(used IN LISTS uses)
    if(used IN_LIST PANDO_LIBRARIES)
      pando_visit(${used})
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY PANDO_LINK_ORDER ${library})
endfunction()
function(pando_link_order out)
  foreach(library IN LISTS ARGN)
    pando_visit(${library})
  endforeach()
  get_property(order GLOBAL PROPERTY PANDO_LINK_ORDER)
  list(REVERSE order)
  set(${out} ${order} PARENT_SCOPE)
endfunction()

foreach(library IN LISTS PANDO_LIBRARIES)
  string(REGEX REPLACE "^pando_" "" short ${library})
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${short})
endforeach()
set_target_properties(pando_api PROPERTIES EXPORT_NAME api)

install(TARGETS pando_interface pando_api ${PANDO_LIBRARIES} EXPORT pandoTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/pando DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "*.inc")

set(PANDO_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/pando)
install(EXPORT pandoTargets NAMESPACE pando:: DESTINATION ${PANDO_CMAKE_DIR})
configure_package_config_file(cmake/pandoConfig.cmake.in ${PROJECT_BINARY_DIR}/pandoConfig.cmake
                              INSTALL_DESTINATION ${PANDO_CMAKE_DIR})
# 0.x promises nothing across minor versions.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/pandoConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/pandoConfig.cmake ${PROJECT_BINARY_DIR}/pandoConfigVersion.cmake
        DESTINATION ${PANDO_CMAKE_DIR})

# pando.pc: the libraries in link order, the packages that any of them uses, and paths relative to
# its own place, so that an installed tree may be moved.
pando_link_order(PANDO_ORDERED ${PANDO_LIBRARIES})
set(used)
foreach(library IN LISTS PANDO_ORDERED)
  get_target_property(libraries ${library} LINK_LIBRARIES)
  list(APPEND used ${libraries})
endforeach()
set(PANDO_PC_REQUIRES)
foreach(entry PkgConfig::MARIADB=libmariadb PkgConfig::SQLITE=sqlite3 PkgConfig::XXHASH=libxxhash)
  string(REPLACE "=" ";" entry ${entry})
  list(GET entry 0 target)
  if(target IN_LIST used)
    list(GET entry 1 module)
    list(APPEND PANDO_PC_REQUIRES ${module})
  endif()
endforeach()
list(JOIN PANDO_PC_REQUIRES ", " PANDO_PC_REQUIRES)
list(TRANSFORM PANDO_ORDERED PREPEND "-l")
# Not as a package: that would define TOML_* for everybody's sources.
list(APPEND PANDO_ORDERED ${TOMLPLUSPLUS_LDFLAGS})
list(JOIN PANDO_ORDERED " " PANDO_PC_LIBS)
file(RELATIVE_PATH PANDO_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/pando.pc.in ${PROJECT_BINARY_DIR}/pando.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pando.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(PANDO_BUILD_CLI AND TARGET pando)
  install(TARGETS pando RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES cli/pando.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES cli/completions/pando.bash RENAME pando
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES cli/completions/_pando DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
endif()
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
