# Runs an example with an empty folder that holds its configuration, and compares what it prints with
# EXPECTED, if that file is there.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
file(COPY ${CONFIG} DESTINATION ${FOLDER})
execute_process(COMMAND ${PROGRAM} ${FOLDER} RESULT_VARIABLE result
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
