# SPDX-License-Identifier: MIT
# How a module, and a program that uses modules, is built.
#
#   frond_add_module(NAME sdk
#     SOURCES src/hub.c ...            the flat list, relative to the module's folder
#     DEPENDS dns net ...              modules below it that it uses (their headers come along)
#     PUBLIC_LIBS / PRIVATE_LIBS ...   uv cares openssl zlib threads dl, or any library or target
#     DEFINITIONS ...)                 private compile definitions
#
#   frond_add_program(NAME frond SOURCES ... LIBS frond::frond ...
#     [FOLDER bench]                   below ${build}/bin
#     [INSTALL])
#
#   frond_masm(out source.asm)         what to add to the sources for it
#
#   frond_private_options(target)      the flags and definitions of frond's own sources
#
#   frond_place(target folder)         where a program goes, below ${build}

include_guard(GLOBAL)
include(CheckCCompilerFlag)

# Defaults of the whole tree, and of nothing when frond is a part of another project.
macro(frond_set_defaults)
  if(PROJECT_IS_TOP_LEVEL)
    get_property(_frond_multi GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
    if(NOT _frond_multi AND NOT CMAKE_BUILD_TYPE)
      set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
    endif()
    # -O2 with symbols: backtraces name functions in release builds too.
    if(CMAKE_C_FLAGS_RELEASE STREQUAL "-O3 -DNDEBUG")
      set(CMAKE_C_FLAGS_RELEASE "-O2 -g" CACHE STRING "Flags of release builds" FORCE)
    endif()
    if(FROND_SANITIZE STREQUAL "address")
      add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
                          -fno-omit-frame-pointer)
      add_link_options(-fsanitize=address,undefined)
    elseif(FROND_SANITIZE STREQUAL "thread")
      add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
      add_link_options(-fsanitize=thread)
    endif()
    if(FROND_HARDEN)
      _frond_harden()
    endif()
    if(MSVC) # else a function's address is that of a jump to it, which has no name
      add_link_options(/INCREMENTAL:NO)
    endif()
    if(FROND_FUZZ)
      add_compile_options(-fsanitize=fuzzer-no-link)
    endif()
  endif()
  if(NOT DEFINED FROND_TIMEOUT_FACTOR)
    set(FROND_TIMEOUT_FACTOR 1)
    if(FROND_SANITIZE)
      set(FROND_TIMEOUT_FACTOR 2)
    endif()
    if(FROND_TEST_WRAPPER)
      set(FROND_TIMEOUT_FACTOR 4)
    endif()
  endif()
  _frond_detect_flags()
endmacro()

# Each as far as the compiler has it: control flow is protected on x86 only.
macro(_frond_harden)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong)
  if(NOT APPLE AND NOT WIN32)
    add_link_options(LINKER:-z,relro LINKER:-z,now)
  endif()
  check_c_compiler_flag(-fcf-protection FROND_HAVE_CF_PROTECTION)
  if(FROND_HAVE_CF_PROTECTION)
    add_compile_options(-fcf-protection)
  endif()
endmacro()

function(_frond_detect_flags)
  if(MSVC)
    return()
  endif()
  set(is_zig FALSE)
  if(CMAKE_C_COMPILER_ID MATCHES "Clang")
    execute_process(COMMAND "${CMAKE_C_COMPILER}" ${CMAKE_C_COMPILER_ARG1} --version
      OUTPUT_VARIABLE banner ERROR_QUIET)
    if(banner MATCHES "zig")
      set(is_zig TRUE)
    endif()
  endif()
  # Big frames of our own must touch every page on the way down, or they jump over the guard.
  if(NOT WIN32 AND NOT is_zig)
    set(CMAKE_REQUIRED_FLAGS "-Werror")
    check_c_compiler_flag(-fstack-clash-protection FROND_HAVE_STACK_CLASH_PROTECTION)
  endif()
endfunction()

function(frond_private_options target)
  set_target_properties(${target} PROPERTIES
    C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
    C_VISIBILITY_PRESET hidden
    POSITION_INDEPENDENT_CODE ON)
  if(WIN32)
    target_compile_definitions(${target} PRIVATE
      _WIN32_WINNT=0x0602 WIN32_LEAN_AND_MEAN _CRT_SECURE_NO_WARNINGS)
  else()
    # Large files, and folders of large file systems, on 32 bits too.
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE _FILE_OFFSET_BITS=64)
  endif()
  if(MSVC)
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:C,CXX>:/W3> $<$<COMPILE_LANGUAGE:C,CXX>:/utf-8>
      $<$<AND:$<COMPILE_LANGUAGE:C,CXX>,$<BOOL:${FROND_WERROR}>>:/WX>)
    if(CMAKE_C_COMPILER_ID STREQUAL "MSVC") # C11, but for these two
      target_compile_options(${target} PRIVATE
        $<$<COMPILE_LANGUAGE:C>:/experimental:c11atomics>)
      target_compile_definitions(${target} PRIVATE
        "$<$<COMPILE_LANGUAGE:C>:_Thread_local=__declspec(thread)>")
    endif()
    return()
  endif()
  # Backtraces walk by these tables, which are not every CPU's default.
  set(flags -Wall -Wextra -Wshadow -Wconversion -Wvla -fasynchronous-unwind-tables)
  set(c_flags -Wstrict-prototypes -Wmissing-prototypes)
  if(WIN32) # where the same files are for compilers that know no extensions of GNU's
    list(APPEND c_flags -Wpedantic)
  endif()
  if(FROND_WERROR)
    list(APPEND flags -Werror)
  endif()
  if(FROND_HAVE_STACK_CLASH_PROTECTION)
    list(APPEND flags -fstack-clash-protection)
  endif()
  target_compile_options(${target} PRIVATE
    "$<$<COMPILE_LANGUAGE:C,CXX>:${flags}>" "$<$<COMPILE_LANGUAGE:C>:${c_flags}>")
endfunction()

# Windows looks for DLLs beside the program.
function(frond_place target folder)
  if(WIN32 AND BUILD_SHARED_LIBS)
    set(folder bin)
  endif()
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${folder}")
endfunction()

# Sets out to what to add to a target's sources for a file in Microsoft's assembly language.  Other
# compilers have it assembled by LLVM's program for that.
macro(frond_masm out source)
  if(MSVC)
    set(${out} ${source})
  else()
    find_program(FROND_LLVM_ML NAMES llvm-ml llvm-ml-14 REQUIRED)
    set(${out} "${CMAKE_CURRENT_BINARY_DIR}/masm.obj")
    add_custom_command(OUTPUT "${${out}}"
      COMMAND "${FROND_LLVM_ML}" -m64 -filetype=obj "${CMAKE_CURRENT_SOURCE_DIR}/${source}" -Fo "${${out}}"
      DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${source}" VERBATIM)
    set_source_files_properties("${${out}}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  endif()
endmacro()

function(frond_add_module)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME"
    "SOURCES;DEPENDS;PUBLIC_LIBS;PRIVATE_LIBS;DEFINITIONS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "frond_add_module(${arg_NAME}): bad arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target frond_${arg_NAME})
  set(root "${PROJECT_SOURCE_DIR}/${arg_NAME}")

  add_library(${target} ${arg_SOURCES})
  add_library(frond::${arg_NAME} ALIAS ${target})
  frond_private_options(${target})
  frond_place(${target} bin)
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${target}
    EXPORT_NAME ${arg_NAME}
    VERSION ${PROJECT_VERSION}
    SOVERSION ${FROND_ABI})
  if(APPLE)
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "@loader_path")
  else()
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN")
  endif()

  target_include_directories(${target}
    PUBLIC "$<BUILD_INTERFACE:${root}/include>"
           "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>"
           "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>"
    PRIVATE "${root}/src")
  target_compile_definitions(${target} PRIVATE FROND_BUILD ${arg_DEFINITIONS})
  if(BUILD_SHARED_LIBS)
    target_compile_definitions(${target} PUBLIC FROND_SHARED)
  endif()

  foreach(module IN LISTS arg_DEPENDS)
    if(NOT TARGET frond_${module})
      message(FATAL_ERROR "${arg_NAME} depends on ${module}, which does not stand below it")
    endif()
    target_link_libraries(${target} PUBLIC frond_${module})
  endforeach()
  frond_link_names(public_libs ${arg_PUBLIC_LIBS})
  frond_link_names(private_libs ${arg_PRIVATE_LIBS})
  target_link_libraries(${target} PUBLIC ${public_libs} PRIVATE ${private_libs})

  set_property(GLOBAL APPEND PROPERTY FROND_PUBLIC_LIBS ${arg_PUBLIC_LIBS})
  set_property(GLOBAL APPEND PROPERTY FROND_PRIVATE_LIBS ${arg_PRIVATE_LIBS})
  if(FROND_INSTALL)
    install(TARGETS ${target} EXPORT frondTargets
      RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT library
      LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library
        NAMELINK_COMPONENT development
      ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development)
    install(DIRECTORY "${root}/include/frond" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
      COMPONENT development FILES_MATCHING PATTERN "*.h")
  endif()
endfunction()

# <frond/version.h> and <frond/frond.h>, the latter with the modules that exist.
function(frond_generate_headers)
  set(FROND_MODULE_INCLUDES "")
  foreach(module IN LISTS FROND_MODULES)
    string(APPEND FROND_MODULE_INCLUDES "#include <frond/${module}.h>\n")
  endforeach()
  foreach(header IN ITEMS frond version)
    configure_file("${PROJECT_SOURCE_DIR}/include/frond/${header}.h.in"
                   "${PROJECT_BINARY_DIR}/include/frond/${header}.h" @ONLY)
  endforeach()
endfunction()

# frond::frond, which is all modules.
function(frond_add_umbrella)
  add_library(frond_frond INTERFACE)
  add_library(frond::frond ALIAS frond_frond)
  set_target_properties(frond_frond PROPERTIES EXPORT_NAME frond)
  target_include_directories(frond_frond INTERFACE
    "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  set(modules ${FROND_MODULES})
  list(REVERSE modules)
  foreach(module IN LISTS modules)
    target_link_libraries(frond_frond INTERFACE frond_${module})
  endforeach()
  if(FROND_INSTALL)
    install(TARGETS frond_frond EXPORT frondTargets)
    install(FILES "${PROJECT_BINARY_DIR}/include/frond/frond.h"
                  "${PROJECT_BINARY_DIR}/include/frond/version.h"
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/frond" COMPONENT development)
  endif()
endfunction()

function(frond_add_program)
  cmake_parse_arguments(PARSE_ARGV 0 arg "INSTALL" "NAME;FOLDER" "SOURCES;LIBS;DEFINITIONS")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME OR NOT arg_SOURCES)
    message(FATAL_ERROR "frond_add_program(${arg_NAME}): bad arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  # The target is not called as the program: "frond" would read like the library, "switch" or
  # "echo" would clash between folders.
  if(arg_FOLDER)
    set(target ${arg_FOLDER}_${arg_NAME})
  else()
    set(target ${arg_NAME}_program)
  endif()
  add_executable(${target} ${arg_SOURCES})
  frond_private_options(${target})
  frond_link_names(libs ${arg_LIBS})
  target_link_libraries(${target} PRIVATE ${libs})
  target_compile_definitions(${target} PRIVATE ${arg_DEFINITIONS})
  frond_place(${target} bin/${arg_FOLDER})
  # Backtraces can name functions of the program itself where it exports them.
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${arg_NAME} ENABLE_EXPORTS ON)
  if(arg_INSTALL AND FROND_INSTALL)
    if(BUILD_SHARED_LIBS AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
      file(RELATIVE_PATH up "/${CMAKE_INSTALL_BINDIR}" "/${CMAKE_INSTALL_LIBDIR}")
      if(APPLE)
        set_target_properties(${target} PROPERTIES INSTALL_RPATH "@loader_path/${up}")
      else()
        set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN/${up}")
      endif()
    endif()
    install(TARGETS ${target} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT program)
  endif()
endfunction()
