# Value tests of our pure functions; what fails is listed as { name, expected, result }, so [ ] is good.
{ nixpkgs, ... }:
let
  lib = import (nixpkgs + "/lib");
  local = import ../../lib { inherit lib; };
in
lib.runTests {
  testCpuListSortsAndJoins = {
    expr = local.cpuList [
      3
      1
      2
      6
    ];
    expected = "1-3,6";
  };
  testCpuListOfNothing = {
    expr = local.cpuList [ ];
    expected = "";
  };
  testCpuListOfOne = {
    expr = local.cpuList [ 5 ];
    expected = "5";
  };
  testCpuListDropsDoubles = {
    expr = local.cpuList [
      1
      1
      2
    ];
    expected = "1-2";
  };
  testSocketAddressOfVersion4 = {
    expr = local.socketAddress "127.0.0.1" 80;
    expected = "127.0.0.1:80";
  };
  testSocketAddressOfVersion6 = {
    expr = local.socketAddress "::1" 8080;
    expected = "[::1]:8080";
  };
  testSubdirectoriesOfModules = {
    expr = lib.subtractLists (local.subdirectories ../../modules "default.nix") [
      "audio"
      "pedal"
      "realtime"
    ];
    expected = [ ];
  };
  testSubdirectoriesWithoutTheFile = {
    expr = local.subdirectories ../../modules "no-such-file.nix";
    expected = [ ];
  };
}
