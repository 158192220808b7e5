# The goals for memory and boot time, as numbers that the machine checks itself against, and services that cost both.
{
  imports = [
    ./goals.nix
    ./trim.nix
  ];
}
