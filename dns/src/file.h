/* SPDX-License-Identifier: MIT */
/* The system's small text files: lines of words, "#" begins a comment. */
#ifndef FROND_DNS_FILE_H
#define FROND_DNS_FILE_H

/* The whole text without a byte order mark, the caller's (frond_free); "" when there is no such file.  0, or what
 * it cannot be read for want of: FROND_ENOMEM, FROND_EMFILE, FROND_ENFILE, FROND_EIO. */
int frond__text_read(const char *path, char **text);

/* The next line without its comment, or NULL at the end; the text is cut up. */
char *frond__text_line(char **at);

/* The next word of a line, or NULL at its end. */
char *frond__text_word(char **at);

#endif
