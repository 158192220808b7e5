# Orange Pi 5 with the mainline kernel and PREEMPT_RT, on a card that boots by itself: U-Boot is written in front of the
# first partition. What mainline does not drive yet: the NPU and the video decoders. The host imports nixpkgs' sd-image.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.archibald.board.orangepi5Mainline;
  hasImage = options ? sdImage;
in
{
  options.archibald.board.orangepi5Mainline = {
    enable = lib.mkEnableOption "the Orange Pi 5 with mainline kernel, PREEMPT_RT and a self-booting card";

    uboot = lib.mkOption {
      type = lib.types.package;
      default = pkgs.ubootOrangePi5;
      defaultText = lib.literalExpression "pkgs.ubootOrangePi5";
      example = lib.literalExpression "pkgs.ubootOrangePi5Plus";
      description = ''
        Boot loader with `idbloader.img` and `u-boot.itb`, written to sectors 64 and 16384 of the card. The board looks
        there before its SPI flash; a card with the wrong one does not start.
      '';
    };

    deviceTree = lib.mkOption {
      type = lib.types.str;
      default = "rockchip/rk3588s-orangepi-5.dtb";
      example = "rockchip/rk3588s-orangepi-5b.dtb";
      description = "Device tree of the board below the kernel's `dtbs` folder.";
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        archibald.hardware.cpuCount = lib.mkDefault 8;
        archibald.realtime.kernel = {
          flavour = lib.mkDefault "mainline-rt";
          # The board's support grows with each release, so the newest one is meant here and not the long-term kernel.
          packages = lib.mkDefault pkgs.linuxPackages_latest;
        };
        hardware.deviceTree.name = lib.mkDefault cfg.deviceTree;
        boot.loader = {
          grub.enable = lib.mkDefault false;
          generic-extlinux-compatible.enable = lib.mkDefault true;
        };
        boot.kernelParams = [
          # Serial console of the board's three-pin header, 1.5 Mbaud, and the screen; the last one gets the messages of
          # init.
          "console=ttyS2,1500000"
          "console=tty1"
          "rootwait"
        ];
      }
      (lib.optionalAttrs hasImage {
        sdImage = {
          # 32 MiB in front of the first partition; the boot loader ends at about 10 MiB.
          firmwarePartitionOffset = lib.mkDefault 32;
          # This partition is for Raspberry Pi firmware and cannot be left out.
          firmwareSize = lib.mkDefault 1;
          firmwarePartitionName = lib.mkDefault "UNUSED";
          populateFirmwareCommands = lib.mkDefault "";
          populateRootCommands = lib.mkDefault ''
            mkdir -p ./files/boot
            ${config.boot.loader.generic-extlinux-compatible.populateCmd} -c ${config.system.build.toplevel} -d ./files/boot
          '';
          postBuildCommands = ''
            dd if=${cfg.uboot}/idbloader.img of=$img seek=64 conv=fsync,notrunc
            dd if=${cfg.uboot}/u-boot.itb of=$img seek=16384 conv=fsync,notrunc
          '';
        };
      })
    ]
  );
}
