#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# check-headers.pl HEADER...
# Reads the comment above every FROND_API prototype and prints "file:line: function: what is
# missing", once a fault; fails when there was one.  Needs nothing but perl itself.
#
# A comment must say
#   - "Suspends", or "Does not suspend", or "Never suspends";
#   - "Returns", unless the function returns nothing;
#   - each error by its name (FROND_E...), or "cannot fail", or "no errors", when it returns
#     anything; one that waits for a deadline names FROND_ETIMEDOUT and FROND_ECANCELED at least;
#   - who owns what, when it takes or returns pointers to anything but numbers: a word such as
#     owns, owned, borrowed, copied, kept, freed, released, consumed, static, "the caller's";
#   - "Since" and a version.
# A comment belongs to the prototypes that follow it without an empty line.
#
# The law of deadlines: a function suspends if and only if its last parameter is a frond_deadline.
# Names like FROND_E... must be in the table of <frond/error.h>, when that is among the headers.
# Public headers (not impl/) name no type of the libraries beneath, and none that MSVC lacks.
use strict;
use warnings;

# These suspend without a deadline.
my %suspends_without = map { $_ => 1 }
    qw(frond_sleep frond_sleep_unref frond_yield frond_idle frond_switch frond_throw frond_run_once
    frond_generator_next frond_generator_yield frond_generator_free); # switches, in the end

# These only compute with deadlines, or keep them.
my %computes = map { $_ => 1 } qw(frond_remaining frond_earlier frond_timeout_start_at);

my $scalar = qr/^(?:unsigned|signed|bool|_Bool|short|int|long|float|double|size_t
                 |ptrdiff_t|u?int(?:8|16|32|64|ptr|max)?_t|(?:unsigned|long)\s+.*)$/x;
my $ownership = qr/\b(?: own(?:s|ed|er|ership)? | borrow(?:s|ed)? | cop(?:y|ies|ied)
                   | release[sd]? | free[sd]? | free\ with | consume[sd]? | keeps? | kept
                   | static | reference[sd]? )\b | \bcaller's\b/xi;
my $foreign = qr/\b(?:uv_\w+|ares_\w+|SSL(?:_CTX|_SESSION)?|X509\w*|BIO|nghttp2_\w+|z_stream
                  |ssize_t|pid_t|uid_t|gid_t|mode_t|off_t|socklen_t)\b/x;

my $faults = 0;
my $place = '';

sub fault {
    print "$place: $_[0]\n";
    $faults++;
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!\n";
    local $/;
    my $text = <$in>;
    close $in;
    $text =~ s/\r\n/\n/g;
    return $text;
}

# The text inside a block comment, as one line.
sub words {
    my ($comment) = @_;
    $comment =~ s{^/\*+}{};
    $comment =~ s{\*+/\s*$}{};
    $comment =~ s/^\s*\*(?: |$)//mg;
    $comment =~ s/\s+/ /g;
    return $comment;
}

# Type of one parameter: "const char *name" -> ("char", pointer?).
sub is_object_pointer {
    my ($declaration) = @_;
    return 0 if $declaration !~ /\*|\[/;
    my $type = $declaration;
    $type =~ s/\b(?:const|volatile|struct|enum|union|restrict)\b//g;
    $type =~ s/[\*\[].*//s;
    $type =~ s/^\s+|\s+$//g;
    $type =~ s/\s+/ /g;
    # "int errors[]" has a name before the bracket.
    $type =~ s/ \w+$// if $declaration =~ /\[/ && $declaration !~ /\*/;
    return $type !~ $scalar;
}

sub split_parameters {
    my ($list) = @_;
    my @parameters;
    my ($depth, $current) = (0, '');
    for my $c (split //, $list) {
        $depth++ if $c eq '(';
        $depth-- if $c eq ')';
        if ($c eq ',' && $depth == 0) {
            push @parameters, $current;
            $current = '';
        } else {
            $current .= $c;
        }
    }
    push @parameters, $current;
    s/^\s+|\s+$//g for @parameters;
    return grep { $_ ne 'void' && $_ ne '' } @parameters;
}

sub check_prototype {
    my ($prototype, $comment, $known) = @_;
    my $code = $prototype;
    $code =~ s{/\*.*?\*/}{ }gs;
    $code =~ s/\bFROND_(?:API|NORETURN)\b//g;
    $code =~ s/\bFROND_(?:PRINTF|NONNULL|DEPRECATED)\s*\([^()]*\)//g;
    $code =~ s/\s+/ /g;
    my ($returns, $name, $list) = $code =~ /^ ?(.*?)\b(\w+) ?\((.*)\) ?; ?$/;
    if (!defined $name) {
        fault('no comment') if !defined $comment; # a variable
        return;
    }
    $place .= ": $name";
    if (!defined $comment) {
        fault('no comment directly above');
        return;
    }
    my $text = words($comment);
    my @parameters = split_parameters($list);
    my $has_deadline = @parameters && $parameters[-1] =~ /^frond_deadline\b[^*]*$/;
    my $value = $returns !~ /^\s*void\s*$/;

    my $does_not = $text =~ /\b(?:does not|never) suspends?\b/i;
    my $does = $text =~ /\bSuspends\b/ && $text !~ /\bNever suspends\b/i;
    if (!$does && !$does_not) {
        fault('does not say whether it suspends ("Suspends" or "Does not suspend")');
    } elsif ($does && $does_not) {
        fault('says both "Suspends" and "Does not suspend"');
    } elsif ($has_deadline && !$computes{$name} && !$does) {
        fault('ends in a frond_deadline, so it must say "Suspends"');
    } elsif ($does && !$has_deadline && !$suspends_without{$name}) {
        fault('suspends, but its last parameter is not a frond_deadline');
    }
    if ($value && $text !~ /\bReturns\b/) {
        fault('does not say what it "Returns"');
    }
    if ($value && $text !~ /\bFROND_E[A-Z*]/ && $text !~ /\b(?:cannot fail|no errors)\b/i) {
        fault('names no error (FROND_E...) and does not say "cannot fail"');
    }
    if ($has_deadline && !$computes{$name}) {
        for my $error (qw(FROND_ETIMEDOUT FROND_ECANCELED)) {
            fault("does not name $error") if $text !~ /\b$error\b/;
        }
    }
    my $objects = $returns =~ /\*/ && is_object_pointer("$returns x");
    $objects ||= is_object_pointer($_) for @parameters;
    if ($objects && $text !~ $ownership) {
        fault('does not say who owns what it takes or returns');
    }
    if ($text !~ /\bSince \d+\.\d+/) {
        fault('does not say "Since" which version');
    }
    if (%$known) {
        my %seen;
        for my $error ($text =~ /\b(FROND_E[A-Z0-9_]+)(?![*\w])/g) {
            fault("names $error, which is not in <frond/error.h>")
                if !$known->{$error} && !$seen{$error}++;
        }
    }
}

sub check_file {
    my ($file, $known) = @_;
    my $text = slurp($file);

    if ($file !~ m{/impl/}) {
        my $code = $text;
        $code =~ s{(/\*.*?\*/)}{my $c = $1; $c =~ s/[^\n]//g; $c}gse;
        $code =~ s/"[^"\n]*"/""/g;
        my $line = 0;
        for (split /\n/, $code) {
            $line++;
            $place = "$file:$line";
            fault("$1 in a public header") if /($foreign)/;
            fault("includes <$1>") if m{^\s*#\s*include\s*[<"]((?:uv|ares|openssl/|nghttp2/|zlib)[^>"]*)};
        }
    }

    my @lines = split /\n/, $text;
    my $comment;       # the one that ended on the line before, or heads this run of prototypes
    for (my $i = 0; $i < @lines; $i++) {
        my $line = $lines[$i];
        if ($line =~ m{^/\*}) {
            my $block = $line;
            while ($block !~ m{\*/} && $i + 1 < @lines) {
                $block .= "\n" . $lines[++$i];
            }
            $comment = $block;
        } elsif ($line =~ /^\s*(?:extern\s+)?FROND_API\b/) {
            my $start = $i + 1;
            my $prototype = $line;
            while ($prototype !~ /;\s*(?:\/\*.*)?$/ && $i + 1 < @lines) {
                $prototype .= "\n" . $lines[++$i];
            }
            $place = "$file:$start";
            check_prototype($prototype, $comment, $known);
        } else {
            $comment = undef;
        }
    }
}

die "usage: check-headers.pl HEADER...\n" if !@ARGV;
my %known;
for my $file (grep { m{(?:^|/)error\.h$} } @ARGV) {
    my $text = slurp($file);
    $known{"FROND_$1"} = 1 while $text =~ /\bX\((\w+),\s*-?\d+,/g;
}
check_file($_, \%known) for @ARGV;
print "$faults faults in ", scalar(@ARGV), " headers\n" if $faults;
exit($faults ? 1 : 0);
