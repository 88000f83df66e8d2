#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# doxygen-filter.pl FILE: the file as Doxygen wants it.  In headers, comments become its comments, laid
# out as they are written; the paragraph at the head becomes the file's.  In Markdown, links that
# lead out of docs/ become their text.
use strict;
use warnings;

my ($file) = @ARGV;
open my $in, '<', $file or die "$file: $!\n";
my $text = do { local $/; <$in> };

if ($file =~ /\.h$/) {
    # Marks that only Doxygen's commands may have.
    sub plain {
        my ($comment) = @_;
        $comment =~ s/([\\@<>#%"])/\\$1/g;
        return $comment;
    }

    # A table of errors keeps its columns: lines that are indented by two or more are verbatim.
    sub blocks {
        my ($comment) = @_;
        my ($out, $verbatim) = ('', 0);
        for my $line (split /\n/, $comment) {
            $line =~ s/^\s*\* ?//;
            my $indented = $line =~ /^  +\S/;
            $out .= "\@verbatim\n"    if $indented  && !$verbatim;
            $out .= "\@endverbatim\n" if !$indented && $verbatim;
            $verbatim = $indented;
            $out .= ($indented ? $line : plain($line)) . "\n";
        }
        $out .= "\@endverbatim\n" if $verbatim;
        return $out;
    }

    $text =~ s{^/\* SPDX[^\n]*\n}{\n};
    # The first comment is about the file.
    $text =~ s{\A(\s*)/\*(?!\*)(.*?)\*/}{"$1/** \@file\n" . blocks($2) . "*/"}se;
    # Comments that begin a line are about what follows; "----" are headings.
    $text =~ s{^/\* ----.*?\*/}{}gm;
    $text =~ s{^/\*(?!\*)(.*?)\*/}{"/** " . blocks($1) . "*/"}gmse;
    # Those behind a field or a constant are about it.
    $text =~ s{([;,]|\}|[\w)])([ \t]+)/\*(?![*<])([^\n]*?)\*/[ \t]*$}{"$1$2/**<" . plain($3) . "*/"}gme;
}
if ($file =~ /\.md$/) {
    my $up = $file =~ m{docs/guide/} ? qr{\.\./\.\./} : qr{\.\./};
    $text =~ s{\[([^\]]+)\]\($up[^)]*\)}{$1}g;
}
print $text;
