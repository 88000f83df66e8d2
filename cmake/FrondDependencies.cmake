# SPDX-License-Identifier: MIT
# Finds the libraries that frond stands on. Used by frond's own build and, installed as
# frondDependencies.cmake, by programs that link frond: both must make the same targets.
#
#   frond_find_dependency(NAME problem)   NAME: uv cares idn2 openssl zlib threads dl cunit
#   frond_link_names(out NAME...)         the names as targets or libraries to link
#
# problem is empty, or a sentence that says what is missing.

set(FROND_MINIMUM_uv 1.44.2)
set(FROND_MINIMUM_cares 1.18.1)
set(FROND_MINIMUM_openssl 3.0)

# Where pkg-config says that package is, as hints. The host's pkg-config knows nothing of a target
# that we cross-compile for, unless it was told.
function(_frond_pkg_hints package include_out library_out)
  set(${include_out} "" PARENT_SCOPE)
  set(${library_out} "" PARENT_SCOPE)
  if(CMAKE_CROSSCOMPILING AND NOT DEFINED ENV{PKG_CONFIG_LIBDIR}
     AND NOT DEFINED ENV{PKG_CONFIG_SYSROOT_DIR})
    return()
  endif()
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(_frond_pc_${package} QUIET ${package})
    set(${include_out} ${_frond_pc_${package}_INCLUDEDIR} ${_frond_pc_${package}_INCLUDE_DIRS}
        PARENT_SCOPE)
    set(${library_out} ${_frond_pc_${package}_LIBDIR} ${_frond_pc_${package}_LIBRARY_DIRS}
        PARENT_SCOPE)
  endif()
endfunction()

# Finds header and library of a package that CMake has no module for.
function(_frond_find_library name package header names)
  _frond_pkg_hints(${package} include_hints library_hints)
  find_path(FROND_${name}_INCLUDE_DIR NAMES ${header} HINTS ${include_hints})
  find_library(FROND_${name}_LIBRARY NAMES ${names} HINTS ${library_hints})
  mark_as_advanced(FROND_${name}_INCLUDE_DIR FROND_${name}_LIBRARY)
endfunction()

# The version that a header's #defines spell: one string, or one number per define.
function(_frond_header_version file out)
  set(version "")
  if(EXISTS "${file}")
    foreach(define IN LISTS ARGN)
      file(STRINGS "${file}" line REGEX "^#define[ \t]+${define}[ \t]+\"?[0-9.]+\"?" LIMIT_COUNT 1)
      string(REGEX REPLACE "^#define[ \t]+${define}[ \t]+\"?([0-9.]+).*" "\\1" number "${line}")
      list(APPEND version "${number}")
    endforeach()
  endif()
  string(REPLACE ";" "." version "${version}")
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

function(_frond_import name version title package out)
  set(${out} "" PARENT_SCOPE)
  if(NOT FROND_${name}_INCLUDE_DIR OR NOT FROND_${name}_LIBRARY)
    set(${out} "frond needs ${title} (${package}) ${FROND_MINIMUM_${name}} or later: not found"
        PARENT_SCOPE)
    return()
  endif()
  if(FROND_MINIMUM_${name} AND version VERSION_LESS FROND_MINIMUM_${name})
    set(${out} "frond needs ${title} ${FROND_MINIMUM_${name}} or later: ${FROND_${name}_LIBRARY} is ${version}"
        PARENT_SCOPE)
    return()
  endif()
  add_library(frond_dep::${name} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(frond_dep::${name} PROPERTIES
    IMPORTED_LOCATION "${FROND_${name}_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${FROND_${name}_INCLUDE_DIR}")
endfunction()

# An archive does not say what it needs itself.
function(_frond_archive_needs name)
  if(TARGET frond_dep::${name} AND FROND_${name}_LIBRARY MATCHES "\\.(a|lib)$")
    set_target_properties(frond_dep::${name} PROPERTIES INTERFACE_LINK_LIBRARIES "${ARGN}")
  endif()
endfunction()

function(_frond_find_uv out)
  _frond_find_library(uv libuv uv.h "uv;libuv;uv_a;libuv_a")
  _frond_header_version("${FROND_uv_INCLUDE_DIR}/uv/version.h" version
    UV_VERSION_MAJOR UV_VERSION_MINOR UV_VERSION_PATCH)
  _frond_import(uv "${version}" libuv libuv1-dev problem)
  if(WIN32)
    _frond_archive_needs(uv psapi user32 advapi32 iphlpapi userenv ws2_32 dbghelp ole32 shell32)
  elseif(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    _frond_archive_needs(uv -pthread dl rt)
  elseif(UNIX)
    _frond_archive_needs(uv -pthread)
  endif()
  set(${out} "${problem}" PARENT_SCOPE)
endfunction()

function(_frond_find_cares out)
  _frond_find_library(cares libcares ares.h "cares;libcares;cares_static")
  _frond_header_version("${FROND_cares_INCLUDE_DIR}/ares_version.h" version
    ARES_VERSION_MAJOR ARES_VERSION_MINOR ARES_VERSION_PATCH)
  _frond_import(cares "${version}" c-ares libc-ares-dev problem)
  if(WIN32)
    _frond_archive_needs(cares ws2_32 advapi32 iphlpapi)
    if(TARGET frond_dep::cares AND FROND_cares_LIBRARY MATCHES "(\\.a|cares_static\\.lib)$"
       AND NOT FROND_cares_LIBRARY MATCHES "\\.dll\\.a$")
      set_target_properties(frond_dep::cares PROPERTIES
        INTERFACE_COMPILE_DEFINITIONS CARES_STATICLIB)
    endif()
  endif()
  set(${out} "${problem}" PARENT_SCOPE)
endfunction()

function(_frond_find_idn2 out)
  _frond_find_library(idn2 libidn2 idn2.h "idn2;libidn2")
  _frond_import(idn2 "" libidn2 libidn2-dev problem)
  _frond_archive_needs(idn2 unistring)
  set(${out} "${problem}" PARENT_SCOPE)
endfunction()

function(_frond_find_cunit out)
  _frond_find_library(cunit cunit CUnit/CUnit.h "cunit;libcunit")
  _frond_import(cunit "" CUnit libcunit1-dev problem)
  set(${out} "${problem}" PARENT_SCOPE)
endfunction()

# A macro: the targets that find_package makes belong to the folder that called us.
macro(frond_find_dependency _frond_name _frond_out)
  set(${_frond_out} "")
  if("${_frond_name}" STREQUAL "openssl")
    if(NOT TARGET OpenSSL::SSL)
      find_package(OpenSSL ${FROND_MINIMUM_openssl} QUIET)
    endif()
    if(NOT TARGET OpenSSL::SSL)
      set(${_frond_out}
        "frond needs OpenSSL (libssl-dev) ${FROND_MINIMUM_openssl} or later: not found")
    endif()
  elseif("${_frond_name}" STREQUAL "zlib")
    if(NOT TARGET ZLIB::ZLIB)
      find_package(ZLIB QUIET)
    endif()
    if(NOT TARGET ZLIB::ZLIB)
      set(${_frond_out} "frond needs zlib (zlib1g-dev): not found")
    endif()
  elseif("${_frond_name}" STREQUAL "threads")
    if(NOT TARGET Threads::Threads)
      set(THREADS_PREFER_PTHREAD_FLAG ON)
      find_package(Threads QUIET)
    endif()
    if(NOT TARGET Threads::Threads)
      set(${_frond_out} "frond needs a thread library: not found")
    endif()
  elseif("${_frond_name}" STREQUAL "uv" AND NOT TARGET frond_dep::uv)
    _frond_find_uv(${_frond_out})
  elseif("${_frond_name}" STREQUAL "cares" AND NOT TARGET frond_dep::cares)
    _frond_find_cares(${_frond_out})
  elseif("${_frond_name}" STREQUAL "idn2" AND NOT TARGET frond_dep::idn2)
    _frond_find_idn2(${_frond_out})
  elseif("${_frond_name}" STREQUAL "cunit" AND NOT TARGET frond_dep::cunit)
    _frond_find_cunit(${_frond_out})
  endif()
endmacro()

function(frond_link_names out)
  set(result "")
  foreach(name IN LISTS ARGN)
    if(name MATCHES "^(uv|cares|idn2|cunit)$")
      list(APPEND result frond_dep::${name})
    elseif(name STREQUAL "openssl")
      list(APPEND result OpenSSL::SSL OpenSSL::Crypto)
    elseif(name STREQUAL "zlib")
      list(APPEND result ZLIB::ZLIB)
    elseif(name STREQUAL "threads")
      list(APPEND result Threads::Threads)
    elseif(name STREQUAL "dl")
      list(APPEND result ${CMAKE_DL_LIBS})
    elseif(name STREQUAL "m" AND WIN32)
      # part of the C library
    else()
      list(APPEND result ${name})
    endif()
  endforeach()
  set(${out} "${result}" PARENT_SCOPE)
endfunction()
