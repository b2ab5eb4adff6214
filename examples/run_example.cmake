# Runs an example in an empty folder that holds its configuration as shop.toml.
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
configure_file(${CONFIG} ${FOLDER}/shop.toml COPYONLY)
execute_process(COMMAND ${PROGRAM} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the example failed: ${result}")
endif()
file(REMOVE_RECURSE ${FOLDER})
