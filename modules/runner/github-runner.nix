# The runner itself: nixpkgs' module with its sandbox, started only when the token is there. Whoever may push to the
# repository, or open a pull request to a public one, runs code here. GitHub advises self-hosted runners for private
# repositories only; `ephemeral` and the approval of strangers' workflows are what is left for a public one.
{ config, lib, ... }:
let
  cfg = config.archibald.runner;
  unit = "github-runner-${cfg.name}";
in
{
  options.archibald.runner = {
    url = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "https://[^ ]+");
      default = null;
      example = "https://github.com/owner/repository";
      description = ''
        Repository (or organisation, with a token for it) whose jobs run here. Null: everything but the runner is
        there, and a job can be tried by hand.
      '';
    };

    tokenFile = lib.mkOption {
      type = lib.types.strMatching "/.+";
      default = "/var/lib/github-runner/.runner_token";
      example = "/var/lib/secrets/runner-token";
      description = ''
        File with the access token: one line, no newline at its end, mode 0600 and owner root. Only root reads it, to
        fetch a registration for the runner's own account, which exists while the unit runs. It never enters the store.
      '';
    };

    ephemeral = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = ''
        Take one job, then forget everything and register anew (about ten seconds per job): nothing of one job reaches the
        next. GitHub advises it for every runner that strangers can reach, above all for a public repository. It needs
        a personal access token in `tokenFile`, fine-grained with "Administration: read and write" on the repository (classic:
        `repo`), because each job takes a new registration; the registration token that GitHub's page shows is good for one hour
        and so only without this. That token can change the repository's settings, so it is worth more to a thief than a
        registration; only root reads it here. Off, as in the seed: a registration is enough, and a job that was not
        trusted can leave something behind for the next one.
      '';
    };

    labels = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ "hardware-in-the-loop" ];
      example = [ "esp32" ];
      description = "Labels beside GitHub's own (`self-hosted`, `Linux`, `ARM64`), for `runs-on:`.";
    };

    extraPackages = lib.mkOption {
      type = lib.types.listOf lib.types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.openocd ]";
      description = "Packages on the PATH of jobs, beside `archibald.runner.tools`.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.tmpfiles.settings."20-archibald-runner" = {
      ${dirOf cfg.tokenFile}.d.mode = "0755";
      # Corrects what was written with a wider mode by hand; does nothing while there is no token.
      ${cfg.tokenFile}.z = {
        mode = "0600";
        user = "root";
        group = "root";
      };
    };

    services.github-runners = lib.mkIf (cfg.url != null) {
      ${cfg.name} = {
        enable = lib.mkDefault true;
        inherit (cfg)
          url
          tokenFile
          ephemeral
          ;
        name = cfg.name;
        replace = lib.mkDefault true; # the same board after a new card
        extraLabels = cfg.labels;
        extraPackages = cfg.tools ++ cfg.extraPackages;
        serviceOverrides = cfg.deviceAccess;
      };
    };

    systemd.services.${unit} = lib.mkIf (cfg.url != null) {
      unitConfig.ConditionPathExists = cfg.tokenFile;
    };

    # The token put in place starts the runner, without a reboot. PathChanged, because PathExists would start it again
    # each time somebody stops it.
    systemd.paths.${unit} = lib.mkIf (cfg.url != null) {
      description = "Wait for the runner's token";
      wantedBy = [ "multi-user.target" ];
      pathConfig.PathChanged = cfg.tokenFile;
    };
  };
}
