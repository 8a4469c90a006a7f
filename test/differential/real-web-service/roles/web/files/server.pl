#!/usr/bin/perl
# server PORT FILE: answers every request with the file.
use strict; use IO::Socket::INET;
# One that connects and goes away, as a port check does, must not end us.
$SIG{PIPE} = 'IGNORE';
my ($port, $file) = @ARGV;
my $server = IO::Socket::INET->new(LocalPort => $port, Listen => 16, ReuseAddr => 1) or die "cannot listen on $port: $!";
while (my $client = $server->accept) {
  while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
  open my $in, '<', $file or die; local $/; my $body = <$in>;
  print $client "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
  close $client;
}
