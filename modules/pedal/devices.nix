# Device files of the pedal's hardware, for groups and never for everybody, and a network name that does not depend on
# where the radio is attached.
{ config, lib, ... }:
let
  cfg = config.archibald.pedal;
in
{
  options.archibald.pedal.wirelessName = lib.mkOption {
    type = lib.types.nullOr (lib.types.strMatching "[a-z][a-z0-9]{0,14}");
    default = "wlan0";
    example = "wlan1";
    description = ''
      Name of the wireless interface (1–15 characters). The original programs look for `wlan0` only. With two radios
      the first one gets it and the second keeps its kernel name. Null leaves the naming to systemd.
    '';
  };

  config = lib.mkIf cfg.enable {
    # GPIO for switches and encoders, SPI for display and ADC, I²C for the codec, PIO and its driver for the LED strip of a
    # Pi 5.
    services.udev.extraRules = ''
      SUBSYSTEM=="gpio", KERNEL=="gpiochip*", GROUP="gpio", MODE="0660"
      SUBSYSTEM=="rp1-pio", GROUP="gpio", MODE="0660"
      KERNEL=="leds[0-9]*", GROUP="gpio", MODE="0660"
      SUBSYSTEM=="spidev", GROUP="spi", MODE="0660"
    '';
    hardware.i2c.enable = lib.mkDefault true; # group i2c and its rule

    systemd.network.links = lib.mkIf (cfg.wirelessName != null) {
      "70-wifi-name" = {
        matchConfig.Type = "wlan";
        linkConfig.Name = cfg.wirelessName;
      };
    };
  };
}
