#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# check-headers.pl HEADER...: does every public function say what its callers must know?
#
# The comment right above each FROND_API prototype must say whether it suspends, what it returns, each
# error by name where it returns a code, who owns what where pointers pass, and since when.  A function
# suspends if and only if its last parameter is a frond_deadline, save those named below.
use strict;
use warnings;

# design: the few that suspend without a deadline.
my %suspends_anyway = map { $_ => 1 } qw(frond_sleep frond_yield frond_idle frond_switch frond_throw
    frond_run_once frond_wait_charge);

my $bad = 0;

sub fault {
    my ($file, $line, $name, $what) = @_;
    print "$file:$line: $name: $what\n";
    $bad = 1;
}

sub check {
    my ($file, $line, $comment, $prototype) = @_;
    $prototype =~ s/\s+/ /g;
    $prototype =~ s/ FROND_PRINTF\([^)]*\)//;
    my ($result, $name, $parameters) =
        $prototype =~ /^FROND_API (?:FROND_NORETURN )?(.*?[ *])(\w+)\((.*)\);$/
        or return fault($file, $line, '?', "cannot be read: $prototype");
    return fault($file, $line, $name, 'no comment right above it') if !defined $comment;

    my $deadline = $parameters =~ /frond_deadline \w+$/ ? 1 : 0;
    my $says_not = $comment =~ /\b(?:Does not suspend|Never suspends|does not suspend|nor suspends?)\b/;
    (my $rest = $comment) =~ s/\b(?:[Dd]oes not suspend|Never suspends)\b//g;
    my $says_so = $rest =~ /\b[Ss]uspends\b/;
    fault($file, $line, $name, 'does not say whether it suspends') if !$says_not && !$says_so;
    fault($file, $line, $name, 'has a deadline and does not say that it suspends')
        if $deadline && !$says_so && $name !~ /^frond_(?:remaining|earlier|timeout_start_at)$/;
    fault($file, $line, $name, 'says that it suspends and has no deadline')
        if !$deadline && $says_so && !$says_not && !$suspends_anyway{$name};

    $result =~ s/\s+$//;
    if ($result ne 'void') {
        fault($file, $line, $name, 'does not say what it returns') if $comment !~ /\bReturns\b/;
    }
    if ($result =~ /^(?:int|int64_t)$/ || ($result =~ /\*$/ && $result !~ /^const /)) {
        fault($file, $line, $name, 'names no error')
            if $comment !~ /FROND_E[A-Z]/ && $comment !~ /[Cc]annot fail|no errors/;
    }
    my $pointers = $parameters =~ /\*/ || $result =~ /\*$/;
    fault($file, $line, $name, 'does not say who owns what')
        if $pointers && $comment !~ /\b(?:own(?:s|ed|er|ership)?|borrow(?:s|ed)?|cop(?:y|ied|ies)|caller(?:'s)?|consumed|freed|kept|keeps|frees|releases?|drops?)\b/i;
    fault($file, $line, $name, 'does not say since when') if $comment !~ /\bSince \d+\.\d+\b/;
}

for my $file (@ARGV) {
    open my $in, '<', $file or die "$file: $!\n";
    my ($comment, $in_comment, $prototype, $start, $line) = (undef, undef, undef, 0, 0);
    while (my $text = <$in>) {
        $line++;
        chomp $text;
        if (defined $prototype) {
            $prototype .= " $text";
        } elsif (defined $in_comment) {
            $in_comment .= " $text";
            if ($text =~ m{\*/}) {
                ($comment = $in_comment) =~ s/\s+\*\s+/ /g;
                $in_comment = undef;
            }
            next;
        } elsif ($text =~ m{^/\*}) {
            if ($text =~ m{\*/}) { $comment = $text } else { $in_comment = $text }
            next;
        } elsif ($text =~ /^FROND_API /) {
            ($prototype, $start) = ($text, $line);
        } elsif ($text =~ /^\s*$/) {
            $comment = undef; # a comment belongs to what stands right below it
            next;
        } else {
            next;
        }
        if ($prototype =~ /;\s*$/) {
            $prototype =~ s/\s+$//;
            check($file, $start, $comment, $prototype);
            $prototype = undef;
        }
    }
    close $in;
}
exit $bad;
