# Orange Pi 5 with the vendor's kernel (Linux 6.1 of Armbian, through nixos-rk3588). It drives all of the board and is not
# PREEMPT_RT; the boot loader must already be in the board's SPI flash. The host imports the two modules of nixos-rk3588.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.archibald.board.orangepi5;
  hasImage = options ? sdImage;
in
{
  options.archibald.board.orangepi5.enable = lib.mkEnableOption ''
    settings for the Orange Pi 5 with the vendor's kernel. Needs the modules `boards/orangepi5.nix` and, for an image,
    `sd-image/orangepi5.nix` of nixos-rk3588'';

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        archibald.hardware.cpuCount = lib.mkDefault 8;
        archibald.realtime.kernel.flavour = lib.mkDefault "vendor";
        # The board module says "ondemand" with mkDefault; a core that must first speed up misses the period.
        archibald.realtime.power.governorFromBoot = lib.mkDefault true;
        # rtirq finds no PCI sound card on this board. `usb` is the controller behind every USB card.
        archibald.realtime.rtirq.names = lib.mkDefault [
          "snd_usb_audio"
          "snd"
          "usb"
        ];
        assertions = [
          {
            assertion = config.archibald.realtime.kernel.flavour != "mainline-rt";
            message = ''
              archibald.board.orangepi5 uses the vendor's kernel, which musnix cannot make real-time. Use
              archibald.board.orangepi5Mainline for PREEMPT_RT, or leave archibald.realtime.kernel.flavour at "vendor".
            '';
          }
        ];
      }
      (lib.optionalAttrs hasImage {
        sdImage = {
          # nixos-rk3588 writes extlinux.conf to the FAT partition while nixpkgs marks the root partition as bootable,
          # so U-Boot looks at the wrong one. Both definitions there have normal priority, hence the force.
          populateFirmwareCommands = lib.mkForce "";
          populateRootCommands = lib.mkForce ''
            mkdir -p ./files/boot
            ${config.boot.loader.generic-extlinux-compatible.populateCmd} -c ${config.system.build.toplevel} -d ./files/boot
          '';
        };
      })
    ]
  );
}
