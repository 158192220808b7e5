# Package sets below pkgs, and the packages that are more than a name.
{
  lib,
  self,
  names,
  scopes,
  mkPackage,
}:
let
  inherit (scopes) anyScope callPackageWith namedScope;
  package = name: mkPackage { pname = name; };

  pythonPackages = namedScope "python3Packages" // {
    inherit (self) buildPythonPackage buildPythonApplication;
    pythonOlder = _: false;
  };

  wallpaper =
    name:
    package name
    // {
      gnomeFilePath = "/x";
      gnomeDarkFilePath = "/x";
      kdeFilePath = "/x";
    };
in
lib.genAttrs (lib.filter (name: names.sub ? ${name}) [
  "gst_all_1"
  "libsForQt5"
  "lxqt"
  "magnetophonDSP"
  "open-music-kontrollers"
  "perlPackages"
  "qt6"
  "qt6Packages"
  "supercolliderPlugins"
  "unixtools"
  "xorg"
]) namedScope
// {
  qt5 = anyScope;
  libsForQt5 = namedScope "libsForQt5" // {
    qt5 = anyScope;
    __internalKF5 = anyScope;
  };
  # What a package's withPackages hands to its argument.
  _scope = anyScope;
  kdePackages = namedScope "kdePackages" // {
    callPackage = callPackageWith self;
  };
  llvmPackages = namedScope "llvmPackages" // {
    inherit (self) stdenv;
  };

  python3Packages = pythonPackages;
  python3 =
    mkPackage {
      pname = "python3";
      version = "3.13.12";
    }
    // {
      pkgs = pythonPackages;
      pythonVersion = "3.13";
      sitePackages = "lib/python3.13/site-packages";
      interpreter = "${package "python3"}/bin/python3";
      isPy3k = true;
      withPackages =
        choose:
        mkPackage {
          pname = "python3-env";
          packages = choose pythonPackages;
        };
    };
  php = package "php" // {
    extensions = anyScope;
    buildEnv = _: self.php;
  };

  nix = mkPackage {
    pname = "nix";
    version = "2.31.3";
  };
  nixVersions = lib.genAttrs [
    "stable"
    "latest"
    "git"
    "nix_2_28"
    "nix_2_31"
  ] (_: self.nix);

  systemdMinimal = self.systemd;
  systemdUkify = self.systemd;
  zfs = package "zfs" // {
    kernelModuleAttribute = "zfs_2_3";
  };
  zfs_2_3 = self.zfs;
  zfs_unstable = self.zfs;
  glibcLocales = package "glibc-locales";
  glibcLocalesUtf8 = package "glibc-locales";

  nixos-artwork.wallpapers = lib.genAttrs (
    (names.sub.wallpapers or [ ])
    ++ [
      "gnome-dark"
      "nineish-dark-gray"
      "simple-blue"
      "simple-dark-gray"
      "simple-dark-gray-bootloader"
      "simple-dark-gray-bottom"
      "simple-red"
    ]
  ) wallpaper;
}
