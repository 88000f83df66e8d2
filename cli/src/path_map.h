/* SPDX-License-Identifier: MIT */
/* Where `frond fetch -o DIR` puts a URL: a relative path of ASCII names that every file
 * system of Linux, macOS and Windows can hold, different for different URLs.
 * docs/files.md is the full rule; in short:
 *
 *   http://h/a/b.html        h/a/b.html           what can stand, stands
 *   https://h:8443/a         https+h+8443/a       scheme and port other than http and 80
 *   http://h/a/              h/a/%index.html      a page that has no name of its own
 *   http://h/a//b            h/a/%/b              an empty name
 *   http://h/a?b=/c:d        h/a%3Fb=%2Fc%3Ad     what no file name holds is encoded
 *   http://h/a%3Ab           h/a%253Ab            so that it differs from /a:b
 *   http://h/nul.txt         h/%6Eul.txt          a device of Windows
 *   a name over 240 bytes    first%+/second       is cut into folders
 *
 * A '%' that two hexadecimal digits do not follow marks a name of ours: no URL yields it
 * otherwise.  The user and password and the fragment of a URL have no part in its path.
 *
 * On a file system that takes "a" and "A" for one name (folds), a name with capitals says
 * which they are: README.txt is "%=fc=README.txt".
 *
 * /a and /a/b may both exist, but not both "a" the file and "a" the folder.  The folder
 * keeps the name, the file is called "a%file".  Whoever writes applies this when it meets
 * the other: a file that finds a folder in its place goes to its aside name; who needs a
 * folder and finds a file renames that file to its aside name first.  So the tree depends
 * on the URLs, not on their order.
 *
 * Nothing here suspends; any thread may use it. */
#ifndef FROND_CLI_PATH_MAP_H
#define FROND_CLI_PATH_MAP_H

#include <frond/url.h>

#define FROND__PATH_ASIDE "%file" /* what the aside name ends in */
#define FROND__PATH_TEMP "%temp"  /* what names of unfinished files begin with */

typedef struct {
    int folds;       /* the file system takes upper and lower case for the same */
    size_t max_path; /* bytes of the relative path and its aside suffix; 0: no limit */
} frond__path_options;

/* The path of a URL, with '/' between its names.  Returns 0 with *path owned by the
 * caller (frond_free), or
 *   FROND_ENAMETOOLONG  over max_path
 *   FROND_ENOMEM */
int frond__path_map(const frond_url *url, const frond__path_options *options,
                    char **path);

/* The aside name of the file path[0 .. len).  Returns text owned by the caller
 * (frond_free), or NULL when out of memory. */
char *frond__path_aside(const char *path, size_t len);

/* Steps through the folders of a path, outermost first: answers the length of the next
 * one after the folder path[0 .. from) (0 at first), or 0 when only the file is left. */
size_t frond__path_folder(const char *path, size_t from);

#endif
