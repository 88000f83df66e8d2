/* SPDX-License-Identifier: MIT */
/* Files and folders.  No system tells when a file can be read without waiting, so these calls are made by
 * the threads of FROND_THREADS_FILE (frond/threadpool.h) while only the calling greenlet waits.  Paths are
 * UTF-8 on every system, and as long as one likes.
 *
 * All but a few suspend; these have a deadline.  A call that has begun cannot be interrupted: when its
 * deadline passes or its caller is killed it ends in the background, and may still have done what it was
 * asked for; nothing of the caller's is touched then.  One that no thread has begun is not made.  So with
 * FROND_NOW nothing is done.  What the errors mean that every function has which suspends:
 *   FROND_ETIMEDOUT  d passed                        FROND_ECANCELED  this greenlet was killed
 *   FROND_EINVAL     a path or a place is NULL       FROND_ENOMEM     no memory, or no thread
 *   FROND_ENOSUSPEND called in a hub callback        the system's: FROND_ENOENT, FROND_EACCES,
 *                                                    FROND_EIO and so on
 * An open file belongs to the thread that opened it (FROND_ETHREAD); the rest belongs to nobody. */
#ifndef FROND_FS_H
#define FROND_FS_H

#include <frond/api.h>
#include <frond/deadline.h>

FROND_BEGIN

typedef struct frond_file frond_file;

/* How a file is opened: FROND_FILE_READ, FROND_FILE_WRITE or both, and any of the others. */
enum {
    FROND_FILE_READ = 1,
    FROND_FILE_WRITE = 2,
    FROND_FILE_APPEND = 4, /* writes go to the end; implies FROND_FILE_WRITE */
    FROND_FILE_CREATE = 8, /* is made if it is not there */
    FROND_FILE_NEW = 16, /* must not be there (FROND_EEXIST); implies FROND_FILE_CREATE */
    FROND_FILE_TRUNCATE = 32 /* is emptied */
};

typedef enum {
    FROND_FILE_OTHER, /* device, pipe, socket */
    FROND_FILE_REGULAR,
    FROND_FILE_FOLDER,
    FROND_FILE_LINK
} frond_file_kind;

typedef struct {
    frond_file_kind kind;
    uint32_t mode; /* permissions: 0644 and so on */
    int64_t size;  /* bytes */
    uint64_t device, number,
        links; /* device and number are the same for two names of one file */
    uint64_t owner, group;
    int64_t accessed_ns, modified_ns, changed_ns, created_ns; /* since 1970 */
    uintptr_t reserved[4];
} frond_file_info;

/* ---- open files ---- */

/* Opens a file; mode (0666 is usual) is that of one which is made, less the umask.  Suspends.  Returns 0
 * with *file owned by the caller (frond_file_free), or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ENOSUSPEND or the system's error; FROND_EINVAL also when flags ask neither for
 * reading nor for writing.  path is borrowed until it returns.  Since 0.1. */
FROND_API int frond_file_open(const char *path, int flags, int mode, frond_file **file,
                              frond_deadline d);

/* Reads 1..cap bytes from the file's position, which moves on by as many once they are there.  Suspends;
 * reads and writes at the position take their turns, first come first served, and wait for one that was
 * given up.  Returns the number of bytes read, 0 at the end of the file, or FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's error, and the position
 * is where it was; or FROND_ECLOSED: closed before or during it.  From what has no positions (a pipe, a
 * terminal) what a read was given up for is lost.  buf is borrowed until it returns, but never touched by
 * a thread.  Since 0.1. */
FROND_API int64_t frond_file_read(frond_file *file, void *buf, size_t cap,
                                  frond_deadline d);

/* Reads 1..cap bytes at an offset; the position does not matter, and any number of these may be under
 * way.  Suspends.  Returns as frond_file_read does: the number of bytes, 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND, FROND_ECLOSED, FROND_ETHREAD or the
 * system's error; FROND_ESPIPE where there are no offsets.  buf is borrowed until it returns.  Since 0.1. */
FROND_API int64_t frond_file_pread(frond_file *file, void *buf, size_t cap,
                                   int64_t offset, frond_deadline d);

/* Writes all of it at the file's position (with FROND_FILE_APPEND at its end).  Suspends, as
 * frond_file_read does.  Returns 0, or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM,
 * FROND_ENOSUSPEND or the system's error, or FROND_ECLOSED; *written (may be NULL) says how many bytes
 * were written, and the position has moved on by as many.  After FROND_ETIMEDOUT and FROND_ECANCELED a
 * piece more may get there; the same bytes written again take its place, unless they are appended.  data
 * is copied piece by piece.  Since 0.1. */
FROND_API int frond_file_write(frond_file *file, const void *data, size_t n,
                               size_t *written, frond_deadline d);

/* Writes all of it at an offset; the position does not matter.  Suspends.  Returns as frond_file_write
 * does: 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND, FROND_ECLOSED,
 * FROND_ETHREAD or the system's error.  data is copied piece by piece.  Since 0.1. */
FROND_API int frond_file_pwrite(frond_file *file, const void *data, size_t n,
                                int64_t offset, size_t *written, frond_deadline d);

/* Moves the position.  Does not suspend.  Returns 0, FROND_EINVAL (negative), FROND_ESPIPE, FROND_ETHREAD,
 * FROND_ECLOSED.  file stays owned by the caller.  Since 0.1. */
FROND_API int frond_file_seek(frond_file *file, int64_t offset);

/* Does not suspend.  Cannot fail.  Returns the position; 0 for NULL and for what has none.  It is
 * borrowed.  Since 0.1. */
FROND_API int64_t frond_file_position(const frond_file *file);

/* What is known of it.  Suspends.  Returns 0, or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ENOSUSPEND or the system's error, or FROND_ECLOSED.  file stays owned by the caller.
 * Since 0.1. */
FROND_API int frond_file_stat(frond_file *file, frond_file_info *info, frond_deadline d);

/* Makes it size bytes long: what is beyond is cut off, what is missing is zero.  Suspends.  Returns 0, or
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's error,
 * or FROND_ECLOSED.  file stays owned by the caller.  Since 0.1. */
FROND_API int frond_file_truncate(frond_file *file, int64_t size, frond_deadline d);

/* Returns once what was written is on the device, and what the system notes about the file.  Suspends.
 * Returns 0, or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the
 * system's error, or FROND_ECLOSED.  file stays owned by the caller.  Since 0.1. */
FROND_API int frond_file_sync(frond_file *file, frond_deadline d);

/* The same without what is not needed to read it again (its times).  Suspends.  Returns 0, or
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's error,
 * or FROND_ECLOSED.  file stays owned by the caller.  Since 0.1. */
FROND_API int frond_file_datasync(frond_file *file, frond_deadline d);

/* Closes it: calls that wait for their turn answer FROND_ECLOSED, those under way are waited for.
 * Suspends.  Returns 0, also when it was closed already, or what the system has to say about what was
 * written before, or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or
 * the system's error: it is then closed as soon as the last call has ended.  file stays owned by the
 * caller.  Since 0.1. */
FROND_API int frond_file_close(frond_file *file, frond_deadline d);

/* Frees it, and closes it if that was not done, once the last call under way has ended; what the system
 * would say is lost.  NULL is allowed.  Any thread.  Does not suspend.  The caller's ownership ends.
 * Since 0.1. */
FROND_API void frond_file_free(frond_file *file);

/* ---- names ---- */

/* What is known of a file; of the one that a link leads to.  Suspends.  Returns 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.  path is borrowed
 * until it returns.  Since 0.1. */
FROND_API int frond_fs_stat(const char *path, frond_file_info *info, frond_deadline d);

/* The same, of the link itself.  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.  path is borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_lstat(const char *path, frond_file_info *info, frond_deadline d);

/* What one may want to do with a file. */
enum {
    FROND_ACCESS_EXISTS = 0,
    FROND_ACCESS_EXECUTE = 1,
    FROND_ACCESS_WRITE = 2,
    FROND_ACCESS_READ = 4
};

/* Whether one may.  Suspends.  Returns 0, FROND_EACCES, FROND_ENOENT, or FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.  path is borrowed
 * until it returns.  Since 0.1. */
FROND_API int frond_fs_access(const char *path, int wanted, frond_deadline d);

/* Makes a folder (mode 0777 is usual, less the umask).  Suspends.  Returns 0, FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.  path is borrowed
 * until it returns.  Since 0.1. */
FROND_API int frond_fs_mkdir(const char *path, int mode, frond_deadline d);

/* Makes a folder for this user alone whose name begins with prefix and is nobody else's.  Suspends.
 * Returns 0 with its path in *path, which the caller owns (frond_free), or FROND_ETIMEDOUT,
 * FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.  prefix is borrowed
 * until it returns.  Since 0.1. */
FROND_API int frond_fs_mkdtemp(const char *prefix, char **path, frond_deadline d);

/* Removes an empty folder.  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.  path is borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_rmdir(const char *path, frond_deadline d);

/* Gives it another name; a file that has that already is replaced.  Suspends.  Returns 0,
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.
 * Both are borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_rename(const char *from, const char *to, frond_deadline d);

/* Removes a file, or a link.  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.  path is borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_unlink(const char *path, frond_deadline d);

/* Gives a file one more name.  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.  Both are borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_link(const char *path, const char *name, frond_deadline d);

/* Makes a link called name that leads to target, which is kept as it stands.  Suspends.  Returns 0,
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's error
 * (on Windows often FROND_EPERM).  Both are borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_symlink(const char *target, const char *name, frond_deadline d);

/* Where a link leads to.  Suspends.  Returns 0 with *target, which the caller owns (frond_free), or
 * FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.
 * path is borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_readlink(const char *path, char **target, frond_deadline d);

/* The path from the root, without links.  Suspends.  Returns 0 with *whole, which the caller owns
 * (frond_free), or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the
 * system's error.  path is borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_realpath(const char *path, char **whole, frond_deadline d);

/* Sets permissions.  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM,
 * FROND_ENOSUSPEND or the system's error.  path is borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_chmod(const char *path, int mode, frond_deadline d);

/* Sets when it was read and written last, in nanoseconds since 1970 (kept as microseconds).  Suspends.
 * Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the
 * system's error.  path is borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_utime(const char *path, int64_t accessed_ns, int64_t modified_ns,
                             frond_deadline d);

/* Copies a file with its permissions; one that is there already is replaced, unless fresh is not 0
 * (FROND_EEXIST).  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM,
 * FROND_ENOSUSPEND or the system's error.  Both are borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_copyfile(const char *from, const char *to, int fresh,
                                frond_deadline d);

typedef struct {
    const char *name;
    frond_file_kind kind; /* of the name itself: a link is a link */
} frond_fs_entry;

/* What is in a folder, by name, without "." and "..".  Suspends.  Returns 0 with *n entries in one block
 * that the caller owns (frond_free), or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM,
 * FROND_ENOSUSPEND or the system's error.  path is borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_scandir(const char *path, frond_fs_entry **entries, size_t *n,
                               frond_deadline d);

/* ---- whole files, in one go ---- */

/* Reads all of a file, at most limit bytes (0: any number).  Suspends.  Returns 0 with *data, which the
 * caller owns (frond_free), and a NUL behind its *n bytes (n may be NULL); FROND_ELIMIT when there are
 * more; or FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL, FROND_ENOMEM, FROND_ENOSUSPEND or the system's
 * error.  path is borrowed until it returns.  Since 0.1. */
FROND_API int frond_fs_read_file(const char *path, size_t limit, void **data, size_t *n,
                                 frond_deadline d);

/* Writes a file, replacing what is there.  With atomic not 0 it is written beside under another name,
 * brought to the device, and then takes the place of the old one: others see either, and the old one
 * stays if anything fails.  Suspends.  Returns 0, FROND_ETIMEDOUT, FROND_ECANCELED, FROND_EINVAL,
 * FROND_ENOMEM, FROND_ENOSUSPEND or the system's error.  data is copied, path borrowed until it returns.
 * Since 0.1. */
FROND_API int frond_fs_write_file(const char *path, const void *data, size_t n,
                                  int atomic, frond_deadline d);

FROND_END

#endif
