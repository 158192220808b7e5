# Puts a `pistomp.conf` to fill in onto the FAT partition of an image. The board's firmware module writes that partition
# itself and lets nobody add to it, so the file is copied into the finished image.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  cfg = config.archibald.provision;
  template = pkgs.writeText "pistomp.conf" ''
    # Read at the first boot. Put values between the quotes; what stays empty or behind a # keeps its default.
    # The file is read as data: nothing in it is run.
    # Passwords are removed from here once they are taken over. An open network has a name and no password.
    WIFI_SSID=""
    WIFI_PASSWORD=""
    WIFI_COUNTRY="US"
    SSH_AUTHORIZED_KEY=""
    # HOSTNAME="${config.networking.hostName}"
    # TIMEZONE="${toString config.time.timeZone}"
    # USER_PASSWORD=""
    # DIRECT_IP="169.254.161.200"
    # JACK_SAMPLE_RATE="${toString config.archibald.audio.sampleRate}"
    # JACK_PERIOD="${toString config.archibald.audio.quantumFrames}"
  '';
in
{
  config = lib.optionalAttrs (options ? sdImage) {
    sdImage.postBuildCommands = lib.mkIf (cfg.enable && cfg.package != null) ''
      mcopy -i "$img@@${toString config.sdImage.firmwarePartitionOffset}M" ${template} ::/${baseNameOf cfg.file}
    '';
  };
}
