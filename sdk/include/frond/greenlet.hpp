/* SPDX-License-Identifier: MIT */
/* Greenlets for C++11 and later: any callable runs in one, and an exception that leaves it becomes the
 * greenlet's failure, with its text, instead of the program's end.  Inside a greenlet exceptions are
 * thrown and caught as ever; what must not be is a switch between a throw and the end of its catch block
 * in two greenlets of one thread, since the C++ library counts those by thread. */
#ifndef FROND_GREENLET_HPP
#define FROND_GREENLET_HPP

#include <frond/greenlet.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#if defined(__GLIBCXX__)
#include <cxxabi.h>
#endif

namespace frond {

/* An error of frond's: its code, and the sentence of frond_error_text(). */
class error : public std::runtime_error {
    int code_;

  public:
    explicit error(int code) : std::runtime_error(text_of(code)), code_(code) {}
    error(int code, const std::string &text) : std::runtime_error(text), code_(code) {}
    int code() const noexcept { return code_; }

  private:
    static std::string text_of(int code) {
        return frond_error_code() == code ? frond_error_text() : frond_error_message(code);
    }
};

/* What a call of frond's has answered, or, if that is an error, an exception.  Does not suspend. */
template <typename Number> Number check(Number answer) {
    if (answer < 0)
        throw error(static_cast<int>(answer));
    return answer;
}

namespace impl {

template <typename Function> void *run(void *arg) {
    try {
        (*static_cast<Function *>(arg))();
    } catch (const error &e) {
        return frond_failed(e.code(), "%s", e.what());
    } catch (const std::bad_alloc &) {
        return frond_failed(FROND_ENOMEM, "%s", frond_error_message(FROND_ENOMEM));
    } catch (const std::exception &e) {
        return frond_failed(FROND_EUNKNOWN, "%s", e.what());
#if defined(__GLIBCXX__)
    } catch (abi::__forced_unwind &) {
        throw;
#endif
    } catch (...) {
        return frond_failed(FROND_EUNKNOWN, "an exception that is no std::exception");
    }
    return nullptr;
}

template <typename Function> void drop(void *arg) {
    delete static_cast<Function *>(arg);
}

} // namespace impl

/* Starts f() in a new greenlet; f is moved or copied, and destroyed at its end.  Does not suspend.
 * Returns a handle that the caller owns (frond_release).  Throws error (FROND_EINVAL, FROND_ENOMEM) and
 * what moving f throws.  Since 0.1. */
template <typename F>
frond_greenlet *spawn(F &&f, frond_spawn_options options = frond_spawn_options()) {
    typedef typename std::decay<F>::type function;
    function *copy = new function(std::forward<F>(f));
    options.drop = impl::drop<function>;
    frond_greenlet *g = frond_spawn_with(&options, impl::run<function>, copy);
    if (!g) {
        delete copy;
        throw error(frond_error_code());
    }
    return g;
}

} // namespace frond

#endif
