# A card that is only read: what the system is made of is mounted read-only, / itself is memory, and everything that changes (/etc,
# /home, /root, /var) lies on a partition of its own with a journalled file system. A power cut can then hit only that one.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  pedal = config.archibald.pedal;
  cfg = pedal.readOnlyRoot;
  label = "archibald-data";
  kept = [
    "etc"
    "home"
    "root"
    "var"
  ];
  bind = device: mode: {
    inherit device;
    fsType = "none";
    options = [
      "bind"
      mode
    ];
    depends = [ (dirOf device) ];
    neededForBoot = true;
  };

  # A bind mount keeps its own read-only flag, so each is told.
  writable = pkgs.writeShellApplication {
    name = "archibald-writable";
    runtimeInputs = [
      pkgs.coreutils
      pkgs.util-linux
    ];
    text = builtins.readFile ./writable.sh;
  };
  mount = lib.getExe' pkgs.util-linux "mount";
in
{
  options.archibald.pedal.readOnlyRoot = {
    enable = lib.mkEnableOption ''
      a card whose system partition is only read, beside a journalled partition for everything that changes. For a new image: a
      card in use has no such partition. `archibald.update` is off with it, and with it updates from a USB stick, the trial that hears
      whether a new system sounds, and the display's menu for them: a system comes by `archibald-writable nixos-rebuild`, and
      the one before it by the boot loader's menu'';

    dataSizeMiB = lib.mkOption {
      type = lib.types.ints.between 256 65536;
      default = 1024;
      example = 4096;
      description = ''
        Size of the data partition in the image, in MiB (256–65536). It grows to the end of the card at each boot that finds room
        behind it.
      '';
    };
  };

  config = lib.mkIf (pedal.enable && cfg.enable) (
    lib.mkMerge [
      {
        assertions = [
          {
            assertion = options ? sdImage;
            message = "archibald.pedal.readOnlyRoot.enable needs an SD card image, whose partitions it lays out: import nixpkgs' installer/sd-card/sd-image.nix into the host.";
          }
          {
            assertion = !config.archibald.update.enable;
            message = "archibald.pedal.readOnlyRoot.enable makes the store read-only, where archibald.update.enable would stage systems: turn one of them off.";
          }
        ];
        archibald.update.enable = lib.mkDefault false;
        environment.systemPackages = [ writable ];

        fileSystems = {
          "/" = lib.mkForce {
            device = "none";
            fsType = "tmpfs";
            options = [
              "mode=755"
              "size=64M"
            ];
          };
          "/data" = {
            device = "/dev/disk/by-label/${label}";
            fsType = "ext4";
            options = [
              "noatime"
              "commit=5"
              "errors=remount-ro"
            ];
            neededForBoot = true;
          };
        }
        // lib.genAttrs' kept (name: lib.nameValuePair "/${name}" (bind "/data/${name}" "rw"));
      }
      (lib.optionalAttrs (options ? sdImage) {
        fileSystems = {
          "/card" = {
            device = "/dev/disk/by-label/${config.sdImage.rootVolumeLabel}";
            fsType = "ext4";
            options = [
              "ro"
              "noatime"
            ];
            neededForBoot = true;
          };
          "/nix" = bind "/card/nix" "ro";
          "/boot" = bind "/card/boot" "ro";
        };
        sdImage = {
          expandOnBoot = false;
          nixPathRegistrationFile = "/card/nix-path-registration";
          # Behind the two partitions of nixpkgs' image.
          postBuildCommands = ''
            size=${toString cfg.dataSizeMiB}
            truncate -s "''${size}M" data.img
            mkfs.ext4 -q -L ${label} data.img
            { printf 'mkdir %s\n' ${toString kept}; echo 'set_inode_field root mode 040700'; } | debugfs -w -f - data.img
            start=$(( ($(stat -c %s "$img") + 1048575) / 1048576 ))
            truncate -s "$((start + size))M" "$img"
            echo "start=''${start}M, size=''${size}M, type=83" | sfdisk --append --no-reread --no-tell-kernel "$img"
            dd conv=notrunc,sparse if=data.img of="$img" bs=1M seek="$start"
          '';
        };
        # The one time that the store is written: its list of paths, at the first boot.
        systemd.services.register-nix-paths.serviceConfig = {
          ExecStartPre = [
            "${mount} -o remount,rw /card"
            "${mount} -o remount,bind,rw /nix"
          ];
          ExecStartPost = [
            "-${mount} -o remount,bind,ro /nix"
            "-${mount} -o remount,ro /card"
          ];
        };
      })
    ]
  );
}
