# What modules read from particular packages and must find a particular value. A module that needs one more fails with
# "attribute 'x' missing" and costs a line here.
{ lib, mkPackage }:
let
  package = name: mkPackage { pname = name; };
  # KDE libraries that are also built for the older Qt.
  forBothQt = name: { qt5 = package "${name}-qt5"; };
in
lib.genAttrs [ "breeze" "kio-extras" "kwayland-integration" "plasma-integration" ] forBothQt
// {
  bash.shellPath = "/bin/bash";
  bashInteractive.shellPath = "/bin/bash";
  fish.shellPath = "/bin/fish";
  shadow.shellPath = "/bin/nologin";
  zsh.shellPath = "/bin/zsh";

  grub2.grubTarget = "i386-pc";
  grub2_efi.grubTarget = "x86_64-efi";
  hyprland.providedSessions = [ "hyprland" ];
  libxcrypt.enabledCryptSchemeIds = [
    "y"
    "gy"
    "7"
    "2b"
    "2y"
    "2a"
    "6"
  ];
  linux-firmware.compressFirmware = true;
  networkmanager.networkManagerPlugin = "";
  nix.dev = package "nix-dev";
  openssh.withKerberos = false;
  "OVMF.fd" = {
    systemManagementModeRequired = false;
    firmware = "/OVMF_CODE.fd";
    variables = "/OVMF_VARS.fd";
  };
  plasma-workspace.providedSessions = [
    "plasma"
    "plasmax11"
  ];
  plasma-workspace.sessions = package "plasma-workspace-sessions" // {
    providedSessions = [ "plasma" ];
  };
  qtbase = {
    qtPluginPrefix = "lib/qt-6/plugins";
    qtQmlPrefix = "lib/qt-6/qml";
  };
  shellcheck.compiler.bootstrapAvailable = true;
  systemd = {
    version = "260.1";
    interfaceVersion = 2;
    kbd = package "kbd";
    kmod = package "kmod";
    util-linux = package "util-linux";
  }
  // lib.genAttrs [
    "withApparmor"
    "withBootloader"
    "withCompression"
    "withCoredump"
    "withCryptsetup"
    "withEfi"
    "withFido2"
    "withHomed"
    "withHostnamed"
    "withHwdb"
    "withImportd"
    "withKmod"
    "withLibBPF"
    "withLibseccomp"
    "withLocaled"
    "withLogind"
    "withMachined"
    "withNetworkd"
    "withNspawn"
    "withOomd"
    "withPam"
    "withPolkit"
    "withPortabled"
    "withRemote"
    "withRepart"
    "withResolved"
    "withSysupdate"
    "withSysusers"
    "withTimedated"
    "withTimesyncd"
    "withTpm2Tss"
    "withTpm2Units"
    "withUkify"
    "withUserDb"
    "withUtmp"
    "withVmspawn"
  ] (_: true);
}
