# Address and port as programs take them on the command line: an IPv6 address stands in brackets.
# "127.0.0.1" 80 → "127.0.0.1:80"; "::1" 80 → "[::1]:80".
{ lib }:
address: port: "${if lib.hasInfix ":" address then "[${address}]" else address}:${toString port}"
