# The units of the first boot: the sound's settings, the owner's, and the way back to the factory.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  cfg = config.archibald.provision;
  board = config.archibald.board.piStomp;
  wireless = config.archibald.pedal.wirelessName;
  # Both runs of the program: with these further arguments.
  service =
    arguments:
    import ../pedal/sandbox.nix
    // {
      Type = "oneshot";
      RemainAfterExit = true;
      ExecStart = utils.escapeSystemdExecArgs (
        [
          (lib.getExe' cfg.package "archibald-provision")
          "--file"
          (toString cfg.file)
          "--user"
          cfg.user
          "--wireless"
          (if wireless == null then "any" else wireless)
        ]
        ++ arguments
      );
      # 3: a line of the file could not be used. It is reported, and no reason to call the system broken.
      SuccessExitStatus = 3;
      TimeoutStartSec = 300; # a large card takes its time to grow
      UMask = "0077";
      StateDirectory = "archibald-provision alsa";
      RuntimeDirectory = "archibald";
      RuntimeDirectoryMode = "0755";
      RuntimeDirectoryPreserve = true; # the display reads there
      # Root, with what these need: files of several owners; the size of partitions and the host name; radio rules.
      CapabilityBoundingSet = [
        "CAP_CHOWN"
        "CAP_DAC_OVERRIDE"
        "CAP_FOWNER"
        "CAP_SYS_ADMIN"
        "CAP_SYS_RESOURCE" # the kernel asks for it where a mounted ext4 grows
        "CAP_NET_ADMIN"
      ];
      # iw speaks netlink.
      RestrictAddressFamilies = [
        "AF_UNIX"
        "AF_NETLINK"
      ];
      # It sets the host name, and the switch of the Bluetooth radio in /sys.
      ProtectHostname = false;
      ProtectKernelTunables = false;
      ProtectHome = false;
      ReadWritePaths = [
        "/etc"
        "/home"
        "-/var/lib/archibald"
        (dirOf cfg.file)
      ];
      # Mixer; the card and its partitions; the console for complaints; the Raspberry Pi's firmware.
      DeviceAllow = [
        "char-alsa rw"
        "block-mmc rw"
        "block-sd rw"
        "block-blkext rw"
        "/dev/console w"
        "/dev/vcio rw"
      ];
      # Whatever it talks to is on this machine.
      IPAddressDeny = "any";
      MemoryDenyWriteExecute = true;
      RestrictRealtime = true;
    };
  reset = service [
    "reset"
    "--yes"
  ];
  path = [
    pkgs.alsa-utils
    pkgs.e2fsprogs
    pkgs.iw
    pkgs.networkmanager
    pkgs.util-linux
  ]
  ++ cfg.extraPackages;
in
{
  config = lib.mkIf (cfg.enable && cfg.package != null) {
    # What the sound needs comes before everything else, and the sound does not wait for the rest.
    systemd.services.archibald-provision-audio = {
      description = "First-boot settings of the sound";
      wantedBy = [ "multi-user.target" ];
      # What was saved of the mixer is there; only a card without it is set up.
      after = [
        "alsa-store.service"
        "sound.target"
      ];
      before = [
        "archibald-provision.service"
        "jack.service"
      ];
      unitConfig.RequiresMountsFor = [ (dirOf cfg.file) ];
      path = [ pkgs.alsa-utils ];
      serviceConfig = service (
        [
          "--only"
          "period,mixer"
        ]
        # A codec's driver may be loaded later than this starts; at the first boot JACK would then wait for a clock in vain.
        ++ lib.optionals board.enable [
          "--card"
          board.card
        ]
      );
    };

    # Sound comes first: hashing a password takes a second of a processor, and the chain is up after two. But network and SSH wait for
    # what comes behind, so a chain that hangs, or fails again and again, is waited for no longer than this. The job of the target does
    # nothing but wait, and ends with the first attempt of the engine or with its time-out.
    systemd.targets.archibald-first-sound = {
      description = "The first attempt to sound";
      after = [ "mod-host.service" ];
      unitConfig.JobTimeoutSec = 20;
    };

    systemd.services.archibald-provision = {
      description = "First-boot settings of the owner";
      wantedBy = [ "multi-user.target" ];
      # The root file system has its final size and the store is registered.
      wants = [ "archibald-first-sound.target" ];
      after = [
        "register-nix-paths.service"
        "archibald-first-sound.target"
      ];
      # Each of these reads at its start what is written here; so none has to be restarted.
      before = [
        "NetworkManager.service"
        "avahi-daemon.service"
        "mod-ui.service"
        "sshd.service"
      ];
      unitConfig.RequiresMountsFor = [ (dirOf cfg.file) ];
      inherit path;
      serviceConfig = service (lib.optional cfg.keepSecrets "--keep-secrets");
    };

    # The display's menu starts it. The pedal starts again afterwards: programs that run have the old settings in memory.
    systemd.services.archibald-provision-reset = {
      description = "Factory reset: settings, networks, keys and paired devices go";
      restartIfChanged = false;
      unitConfig.RequiresMountsFor = [ (dirOf cfg.file) ];
      inherit path;
      serviceConfig = reset // {
        RemainAfterExit = false;
        # It would write what it has in memory when it ends.
        ExecStartPre = "-${lib.getExe' pkgs.systemd "systemctl"} stop mod-ui.service";
        # Also after a step that failed: what is left of the old settings must not go on half.
        ExecStopPost = "${lib.getExe' pkgs.systemd "systemctl"} --no-block reboot";
        # The networks, the pairings, the hotspot's key.
        ReadWritePaths = reset.ReadWritePaths ++ [ "-/var/lib/pedald" ];
      };
    };
  };
}
