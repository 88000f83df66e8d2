# SPDX-License-Identifier: MIT
# How tests are made. tests/CMakeLists.txt is the one place that calls these.
#
#   frond_add_test(PATH sdk/test_queue.c    below tests/; the test is called sdk/test_queue
#     [NAME tls/test_stream]                another, where one source makes two tests
#     LIBS frond::sdk ...
#     [SOURCES other.c ...]                 more sources, below tests/
#     [INTERNAL sdk ...]                    modules whose src/*.h it includes (static builds only)
#     [TIMEOUT 300] [LABELS unit ...] [ENV A=1 ...] [ARGS ...] [RUN_SERIAL])
#   frond_add_script_test(NAME e2e/nginx COMMAND sh script.sh ...
#     [TIMEOUT 300] [LABELS e2e ...] [ENV A=1 ...] [RUN_SERIAL])
#   frond_add_death_test(PATH sdk/die_overflow.c EXPECT "regex" LIBS ... [as frond_add_test])
#                                           a program that must fail and say what EXPECT matches
#   frond_test_program(target SOURCES ... LIBS ... [INTERNAL ...])
#                                           a program that a script runs: frond_runnable(target out)
#   frond_peer_program(NAME e2e/faults.c)     a server for scripts, not of frond's
#   frond_add_fuzzer(PATH http/fuzz_url.c LIBS frond::http [INTERNAL http] [CORPUS http/corpus_url]
#     [COUNT 1000])                         inputs of the test; else 20000, a tenth in emulators
#
# A test is a process of its own with a time limit, for what hangs and not for what a busy machine does slowly; 77 as its exit status means skipped. One whose
# file or whose libraries do not exist in this tree is left out, and configuring says so. The
# first folder of its name is always one of its labels; without LABELS it is labelled unit
# (scripts: e2e). Tests find in their environment FROND_SOURCE_DIR, FROND_BINARY_DIR,
# FROND_TEST_TMP (a folder of their own, empty at the start of the build), and FROND_PROGRAM
# where the program is built.

include_guard(GLOBAL)

# Sources shared by all test programs: those that exist become a library that each one links.
function(frond_test_support)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "SOURCES;LIBS")
  set(sources "")
  foreach(source IN LISTS arg_SOURCES)
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${source}")
      list(APPEND sources ${source})
    endif()
  endforeach()
  if(NOT sources)
    return()
  endif()
  foreach(library IN LISTS arg_LIBS)
    if(library MATCHES "^frond::" AND NOT TARGET ${library})
      return()
    endif()
  endforeach()
  add_library(frond_test_support STATIC ${sources})
  frond_private_options(frond_test_support)
  target_include_directories(frond_test_support PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}")
  frond_link_names(libs ${arg_LIBS})
  target_link_libraries(frond_test_support PUBLIC ${libs})
endfunction()

# Sets missing to what keeps this test out, or to nothing.
function(_frond_test_missing out)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PATHS;LIBS;INTERNAL")
  set(missing "")
  foreach(path IN LISTS arg_PATHS)
    if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${path}")
      list(APPEND missing "tests/${path}")
    endif()
  endforeach()
  foreach(library IN LISTS arg_LIBS)
    if(library MATCHES "^frond::" AND NOT TARGET ${library})
      list(APPEND missing ${library})
    endif()
  endforeach()
  if(arg_INTERNAL AND BUILD_SHARED_LIBS)
    list(APPEND missing "static libraries (it tests internals)")
  endif()
  list(JOIN missing ", " missing)
  set(${out} "${missing}" PARENT_SCOPE)
endfunction()

# Target and flags of one program of the tests.
function(frond_test_program target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS;INTERNAL")
  add_executable(${target} ${arg_SOURCES})
  frond_private_options(${target})
  frond_link_names(libs ${arg_LIBS} threads dl)
  if(TARGET frond_test_support)
    target_link_libraries(${target} PRIVATE frond_test_support)
  endif()
  target_link_libraries(${target} PRIVATE ${libs})
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}")
  foreach(module IN LISTS arg_INTERNAL)
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/${module}/src")
  endforeach()
  frond_place(${target} tests/bin)
  set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON) # backtraces name its functions
endfunction()

# Sets out to what runs a program: itself, or, when it needs an emulator, a script that also has it
# start children the same way.
function(frond_runnable target out)
  if(NOT CMAKE_CROSSCOMPILING_EMULATOR)
    set(${out} "$<TARGET_FILE:${target}>" PARENT_SCOPE)
    return()
  endif()
  get_target_property(name ${target} OUTPUT_NAME)
  if(NOT name)
    set(name ${target})
  endif()
  set(script "${PROJECT_BINARY_DIR}/run/${target}/${name}")
  set(${out} "${script}" PARENT_SCOPE)
  get_property(made GLOBAL PROPERTY FROND_RUNNABLE_${target})
  if(made)
    return()
  endif()
  set_property(GLOBAL PROPERTY FROND_RUNNABLE_${target} TRUE)
  list(JOIN CMAKE_CROSSCOMPILING_EMULATOR "' '" emulator)
  set(children "")
  if(NOT WIN32) # where the emulator starts children by itself
    set(children "FROND_EXECUTABLE='${script}'\nexport FROND_EXECUTABLE\n")
  endif()
  if(FROND_QEMU)
    string(APPEND children "FROND_TEST_MACHINE=qemu\nexport FROND_TEST_MACHINE\n")
  endif()
  file(GENERATE OUTPUT "${script}" CONTENT "#!/bin/sh
${children}exec '${emulator}' '$<TARGET_FILE:${target}>' \"$@\"
" FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ WORLD_READ)
endfunction()

# A server of POSIX's that tests talk to, and nothing of frond's.  Sets NAME to what runs it.  Where the
# tests are Windows' own programs, which only run beside such servers, it is the machine's.
function(frond_peer_program name source)
  if(NOT WIN32)
    frond_test_program(${name} SOURCES ${source})
    frond_runnable(${name} program)
  else()
    set(program "${PROJECT_BINARY_DIR}/tests/bin/${name}")
    add_custom_command(OUTPUT "${program}"
      COMMAND cc -D_GNU_SOURCE -O2 -pthread "${CMAKE_CURRENT_SOURCE_DIR}/${source}" -o "${program}"
      DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${source}" VERBATIM)
    add_custom_target(${name} ALL DEPENDS "${program}")
  endif()
  set(${name} "${program}" PARENT_SCOPE)
endfunction()

# Limits, labels and environment, the same for programs and scripts.
function(_frond_test_properties name timeout labels serial)
  string(REGEX REPLACE "/.*" "" folder "${name}")
  math(EXPR timeout "${timeout} * ${FROND_TIMEOUT_FACTOR}")
  string(MAKE_C_IDENTIFIER "${name}" identifier)
  set(tmp "${PROJECT_BINARY_DIR}/tests/tmp/${identifier}")
  file(MAKE_DIRECTORY "${tmp}")
  set(environment
    "FROND_SOURCE_DIR=${PROJECT_SOURCE_DIR}"
    "FROND_BINARY_DIR=${PROJECT_BINARY_DIR}"
    "FROND_TEST_TMP=${tmp}"
    "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1")
  if(TARGET frond_program)
    frond_runnable(frond_program program)
    list(APPEND environment "FROND_PROGRAM=${program}")
  endif()
  if(WIN32) # for scripts that end a process by the number it has there
    list(JOIN CMAKE_CROSSCOMPILING_EMULATOR " " emulator)
    list(APPEND environment "FROND_EMULATOR=wine" "FROND_KILL=${emulator} taskkill /f /pid")
  endif()
  list(APPEND environment ${ARGN})
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${timeout}
    LABELS "${folder};${labels}"
    ENVIRONMENT "${environment}"
    RUN_SERIAL ${serial}
    SKIP_RETURN_CODE 77)
endfunction()

function(frond_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "RUN_SERIAL" "NAME;PATH;TIMEOUT;EXPECT"
    "LIBS;SOURCES;INTERNAL;LABELS;ENV;ARGS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_PATH)
    message(FATAL_ERROR "frond_add_test(${arg_PATH}): bad arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  _frond_test_missing(missing PATHS ${arg_PATH} ${arg_SOURCES} LIBS ${arg_LIBS}
                      INTERNAL ${arg_INTERNAL})
  set(name "${arg_NAME}")
  if(NOT name)
    string(REGEX REPLACE "\\.[a-z]+$" "" name "${arg_PATH}")
  endif()
  if(missing)
    message(STATUS "test ${name} left out: there is no ${missing}")
    return()
  endif()
  string(MAKE_C_IDENTIFIER "${name}" target)
  frond_test_program(${target} SOURCES ${arg_PATH} ${arg_SOURCES} LIBS ${arg_LIBS} cunit
                      INTERNAL ${arg_INTERNAL})
  frond_runnable(${target} program)
  set(wrapper ${FROND_TEST_WRAPPER})
  if(CMAKE_CROSSCOMPILING_EMULATOR)
    set(wrapper sh "${CMAKE_CURRENT_SOURCE_DIR}/say-status.sh")
  endif()
  add_test(NAME ${name} COMMAND ${wrapper} ${program} ${arg_ARGS})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  _frond_test_properties(${name} ${arg_TIMEOUT} "${arg_LABELS}" ${arg_RUN_SERIAL} ${arg_ENV})
endfunction()

function(frond_add_death_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "RUN_SERIAL" "PATH;TIMEOUT;EXPECT"
    "LIBS;SOURCES;INTERNAL;LABELS;ENV;ARGS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_PATH OR NOT arg_EXPECT)
    message(FATAL_ERROR "frond_add_death_test(${arg_PATH}): bad arguments")
  endif()
  _frond_test_missing(missing PATHS ${arg_PATH} ${arg_SOURCES} LIBS ${arg_LIBS}
                      INTERNAL ${arg_INTERNAL})
  string(REGEX REPLACE "\\.[a-z]+$" "" name "${arg_PATH}")
  if(missing)
    message(STATUS "test ${name} left out: there is no ${missing}")
    return()
  endif()
  string(MAKE_C_IDENTIFIER "${name}" target)
  frond_test_program(${target} SOURCES ${arg_PATH} ${arg_SOURCES} LIBS ${arg_LIBS}
                      INTERNAL ${arg_INTERNAL})
  frond_runnable(${target} program)
  add_test(NAME ${name} COMMAND sh "${CMAKE_CURRENT_SOURCE_DIR}/must-die.sh" "${arg_EXPECT}"
    ${program} ${arg_ARGS})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  _frond_test_properties(${name} ${arg_TIMEOUT} "${arg_LABELS};death;no-valgrind"
    ${arg_RUN_SERIAL} ${arg_ENV})
endfunction()

function(frond_add_script_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "RUN_SERIAL" "NAME;TIMEOUT" "COMMAND;LABELS;ENV")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_COMMAND)
    message(FATAL_ERROR
      "frond_add_script_test(${arg_NAME}): bad arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  # A script of ours that is named relative to tests/ must be there.
  foreach(word IN LISTS arg_COMMAND)
    if(word MATCHES "\\.(sh|pl)$" AND NOT EXISTS "${word}"
       AND NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${word}")
      message(STATUS "test ${arg_NAME} left out: there is no tests/${word}")
      return()
    endif()
  endforeach()
  add_test(NAME ${arg_NAME} COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS e2e)
  endif()
  _frond_test_properties(${arg_NAME} ${arg_TIMEOUT} "${arg_LABELS};no-valgrind"
    ${arg_RUN_SERIAL} ${arg_ENV})
endfunction()

# With FROND_FUZZ a libFuzzer program, else one that runs the inputs of the corpus, as a test.
function(frond_add_fuzzer)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "PATH;CORPUS;COUNT" "LIBS;SOURCES;INTERNAL")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_PATH)
    message(FATAL_ERROR "frond_add_fuzzer(${arg_PATH}): bad arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  _frond_test_missing(missing PATHS ${arg_PATH} ${arg_SOURCES} LIBS ${arg_LIBS}
                      INTERNAL ${arg_INTERNAL})
  string(REGEX REPLACE "\\.[a-z]+$" "" name "${arg_PATH}")
  if(missing)
    message(STATUS "fuzzer ${name} left out: there is no ${missing}")
    return()
  endif()
  string(MAKE_C_IDENTIFIER "${name}" target)
  set(corpus "")
  if(arg_CORPUS AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${arg_CORPUS}")
    set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/${arg_CORPUS}")
  endif()
  if(FROND_FUZZ)
    frond_test_program(${target} SOURCES ${arg_PATH} ${arg_SOURCES} LIBS ${arg_LIBS}
                        INTERNAL ${arg_INTERNAL})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    frond_place(${target} bin/fuzz)
    # Beside the program, for whoever runs it: its folder of first inputs.
    file(GENERATE OUTPUT "${PROJECT_BINARY_DIR}/bin/fuzz/${target}.corpus" CONTENT "${corpus}\n")
  else()
    frond_test_program(${target} SOURCES ${arg_PATH} fuzz/replay.c ${arg_SOURCES}
                        LIBS ${arg_LIBS} INTERNAL ${arg_INTERNAL})
    frond_runnable(${target} program)
    if(NOT arg_COUNT)
      set(arg_COUNT 20000)
    endif()
    if(CMAKE_CROSSCOMPILING_EMULATOR) # they are the same ones, and each of its system calls takes long
      math(EXPR arg_COUNT "${arg_COUNT} / 10")
    endif()
    list(PREPEND corpus -n ${arg_COUNT})
    add_test(NAME ${name} COMMAND ${FROND_TEST_WRAPPER} ${program} ${corpus})
    _frond_test_properties(${name} 300 "unit;fuzz" FALSE)
  endif()
endfunction()
