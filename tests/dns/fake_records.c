/* SPDX-License-Identifier: MIT */
#include "fake_records.h"

#define ROW(type, text)                                                                  \
    { type, text, sizeof(text) - 1 }

const fake_record fake_records[] = {
    ROW(1, "\300\0\2\1"),
    ROW(2, "\3ns1\4test\0"),
    ROW(2, "\3ns2\4test\0"),
    ROW(5, "\2v4\4test\0"),
    ROW(6, "\2ns\4test\0\4mail\4test\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"),
    ROW(12, "\4host\4test\0"),
    ROW(15, "\0\24\4mx20\4test\0"),
    ROW(15, "\0\12\4mx10\4test\0"),
    ROW(16, "\5hello\0\5wor\0d"),
    ROW(28, "\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"),
    ROW(33, "\0\2\0\1\0\120\4last\4test\0"),
    ROW(33, "\0\1\0\12\0\121\1a\4test\0"),
    ROW(33, "\0\1\0\36\0\122\1b\4test\0"),
    ROW(33, "\0\1\0\0\0\123\1c\4test\0"),
    ROW(35, "\0\2\0\1\1u\7E2U+sip\21!^.*$!sip:a@test!\0"),
    ROW(35, "\0\1\0\1\1s\7SIP+D2U\0\4_sip\4test\0"),
    ROW(52, "\3\1\1\252\273\314"),
    ROW(64, "\0\0\3svc\4test\0"),
    ROW(65, "\0\2\0\0\1\0\6\2h2\2h3\0\3\0\2\1\273"),
    ROW(65, "\0\1\4best\4test\0"),
    ROW(256, "\0\1\0\1ftp://ftp.test/pub"),
    ROW(257, "\200\5issueca.test"),
    ROW(99, "raw"),
    {0, NULL, 0}};
