/* SPDX-License-Identifier: MIT */
/* What every public header needs: export marks, C++ linkage, and attributes that compilers
 * check callers with.  Nothing here suspends. */
#ifndef FROND_API_H
#define FROND_API_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define FROND_BEGIN extern "C" {
#define FROND_END }
#else
#define FROND_BEGIN
#define FROND_END
#endif

#if defined(_WIN32) && defined(FROND_SHARED)
#ifdef FROND_BUILD
#define FROND_API __declspec(dllexport)
#else
#define FROND_API __declspec(dllimport)
#endif
#elif defined(__GNUC__) && !defined(_WIN32)
#define FROND_API __attribute__((visibility("default")))
#else
#define FROND_API
#endif

#if defined(__MINGW32__) && !defined(__clang__)
#define FROND_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#define FROND_NORETURN __attribute__((noreturn))
#elif defined(__GNUC__)
#define FROND_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define FROND_NORETURN __attribute__((noreturn))
#elif defined(_MSC_VER)
#define FROND_PRINTF(text, first)
#define FROND_NORETURN __declspec(noreturn)
#else
#define FROND_PRINTF(text, first)
#define FROND_NORETURN
#endif

#endif
