# Starts the real ldirectord for each path on standard input, until the next path comes. Prints "ready" when it has
# checked every server, "rejected LINE MESSAGE" if it rejects the file, or "ended MESSAGE" if it ends otherwise.
#
# Perl loads ldirectord's modules for seconds, so each start is a fork of this process, which has loaded them.
use strict;
use warnings;
use Digest::MD5;
use Getopt::Long;
use IO::Select;
use IO::Socket;
use IO::Socket::INET6;
use LWP::UserAgent;
use LWP::Protocol::http;
use Mail::Send;
use Net::HTTP;
use Net::Ping;
use Net::SMTP;
use POSIX;
use Pod::Usage;
use Socket6;
use Symbol;
use Sys::Hostname;
use Sys::Syslog;
use URI;

our $report;
my ($owner, $shell, $answers);

# ldirectord sleeps after each round of checks. It runs ipvsadm hundreds of times, and a fork of this process takes many
# times longer than one of a shell, which runs it therefore.
BEGIN {
  *CORE::GLOBAL::sleep = sub {
    print $report "slept\n" if defined $report;
    return CORE::sleep(@_ ? $_[0] : 1_000_000);
  };
  *CORE::GLOBAL::system = sub {
    return CORE::system(@_) unless @_ == 1 && $_[0] =~ m{^/sbin/ipvsadm } && isOwner();
    return inShell($_[0], "/dev/null");
  };
  *CORE::GLOBAL::open = sub (*;$@) {
    my $handle = defined $_[0] && !ref $_[0] ? Symbol::qualify_to_ref($_[0], scalar caller) : undef;
    if (@_ == 2 && $_[1] =~ m{^(/sbin/ipvsadm .*)2>&1\|$} && isOwner()) {
      my $output = "/tmp/ipvsadm-output.$$";
      inShell($1, $output);
      return CORE::open($_[0], "<", $output);
    }
    return @_ == 1 ? CORE::open($handle) : @_ == 2 ? CORE::open($handle // $_[0], $_[1])
      : @_ == 3 ? CORE::open($handle // $_[0], $_[1], $_[2]) : CORE::open($handle // $_[0], $_[1], @_[2 .. $#_]);
  };
}

# Whether the shell is this process's own: children of ldirectord would mix their commands.
sub isOwner { return defined $owner && $owner == $$ }

sub inShell {
  my ($command, $output) = @_;
  print $shell "$command >$output 2>&1 </dev/null; echo \$?\n";
  return (<$answers>) << 8;
}

sub startShell {
  pipe(my $commands, $shell) or die;
  pipe($answers, my $writer) or die;
  my $pid = fork;
  if ($pid == 0) {
    close $shell;
    close $answers;
    open STDIN, "<&", $commands or die;
    open STDOUT, ">&", $writer or die;
    exec "/bin/sh";
  }
  close $commands;
  close $writer;
  $shell->autoflush(1);
  $owner = $$;
}

$ENV{PERLIO} = "perlio";
$| = 1;
my $running;

sub stop {
  return unless defined $running;
  kill "KILL", -$running;
  waitpid $running, 0;
  undef $running;
}

while (my $path = <STDIN>) {
  chomp $path;
  stop();
  pipe(my $reader, my $writer) or die "pipe: $!";
  $running = fork;
  die "fork: $!" unless defined $running;
  if ($running == 0) {
    setpgrp 0, 0;
    close $reader;
    open STDIN, "<", "/dev/null" or die;
    open STDOUT, ">", "/dev/null" or die;
    open STDERR, ">&", $writer or die;
    $main::report = $writer;
    $main::report->autoflush(1);
    startShell();
    @ARGV = ("-d", $path, "start");
    package main;
    no warnings;
    do "/usr/sbin/ldirectord";
    print STDERR "ended: $@\n";
    POSIX::_exit(1);
  }
  setpgrp $running, $running;
  close $writer;
  my ($answer, @last) = ("");
  while (my $line = <$reader>) {
    $answer = "ready", last if $line =~ /^slept$/;
    $answer = "rejected $1 $2", last if $line =~ /^Error \[\d+\] reading file .* at line (\d+): (.*?)\s*$/;
    push @last, $line =~ s{\s+}{ }gr;
    shift @last if @last > 3;
  }
  $answer ||= "ended @last";
  print "$answer\n";
  # The rest of its output goes nowhere: a full pipe would stop it.
  close $reader;
}
stop();
