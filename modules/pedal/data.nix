# Where boards, plugins and recordings lie: the layout of the pi-Stomp images, with the old paths as links, so that
# backups, scripts and the original programs go on working. Folders carry the set-group-ID bit, so that owner, engine and
# control service can each write what the others made.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.pedal;
  home = "/home/${cfg.user}";
  shared = {
    d = {
      mode = "2770";
      inherit (cfg) user;
      group = cfg.user;
    };
  };
  link = target: {
    "L+" = {
      argument = target;
      inherit (cfg) user;
      group = cfg.user;
    };
  };
in
{
  options.archibald.pedal.dataDir = lib.mkOption {
    type = lib.types.path;
    default = "${home}/data";
    readOnly = true;
    defaultText = lib.literalExpression ''"/home/''${config.archibald.pedal.user}/data"'';
    example = "/data/pedal";
    description = "Boards, banks, favourites, preferences and user files. Fixed: the original programs know no other place.";
  };

  config = lib.mkIf cfg.enable {
    # The folder of the boards may be a repository; the player clones it.
    environment.systemPackages = [ pkgs.git ];
    systemd.tmpfiles.settings."20-archibald-pedal" = {
      "${home}/.lv2" = shared;
      ${cfg.dataDir} = shared;
      "${cfg.dataDir}/.pedalboards" = shared;
      "${cfg.dataDir}/config" = shared;
      "${cfg.dataDir}/keys" = shared;
      "${cfg.dataDir}/user-files" = shared;
      "${cfg.dataDir}/.lv2" = link "../.lv2";
      "${home}/.pedalboards" = link "data/.pedalboards";
      "${home}/extras".d = {
        mode = "0755";
        inherit (cfg) user;
        group = cfg.user;
      };
      "/opt/pistomp".d.mode = "0755";
      # What the machine itself learnt: the hotspot's key.
      "/var/lib/archibald".d.mode = "0755";
      # The period and the sample rate chosen on the display; JACK's start reads two numbers there.
      "/var/lib/archibald/audio".d = lib.mkIf (cfg.control.package != null) {
        mode = "0755";
        user = "pedald";
        group = cfg.user;
      };
    };
  };
}
