# The two platforms of a package set, elaborated by nixpkgs' own lib.
{ lib }:
{ local, cross }:
let
  # lib dropped this attribute in 26.05; modules of an older tree still read it.
  kernel =
    platform:
    {
      baseConfig = "defconfig";
    }
    // (
      if platform.isAarch64 then
        {
          name = "aarch64-multiplatform";
          target = "Image";
          DTB = true;
        }
      else
        {
          name = "pc";
          target = "bzImage";
        }
    );
  elaborate =
    system:
    let
      platform = lib.systems.elaborate (if builtins.isString system then { inherit system; } else system);
    in
    platform // lib.optionalAttrs (!platform ? linux-kernel) { linux-kernel = kernel platform; };
in
rec {
  buildPlatform = elaborate local;
  hostPlatform = if cross == null then buildPlatform else elaborate cross;
}
