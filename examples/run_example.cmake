# Runs an example in an empty folder that holds its configuration as shop.toml, and compares what it
# prints with EXPECTED, if that file is there.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
configure_file(${CONFIG} ${FOLDER}/shop.toml COPYONLY)
execute_process(COMMAND ${PROGRAM} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE result
                OUTPUT_VARIABLE output)
message("${output}")
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the example failed: ${result}")
endif()
if(EXISTS ${EXPECTED})
  file(READ ${EXPECTED} expected)
  if(NOT output STREQUAL expected)
    message(FATAL_ERROR "the example should have printed\n${expected}")
  endif()
endif()
file(REMOVE_RECURSE ${FOLDER})
