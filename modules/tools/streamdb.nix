# The asset store: blobs by path over HTTP, for patches, samples and impulse responses that several machines share.
# Listens on the machine itself unless told otherwise, and then wants a token.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  cfg = config.services.streamdb;
  package = import ./package-option.nix { inherit lib pkgs; };
  loopback = lib.elem cfg.address [
    "127.0.0.1"
    "::1"
  ];
in
{
  options.archibald.streamdb.enable = lib.mkEnableOption "the asset store; the same as `services.streamdb.enable`";

  options.services.streamdb = {
    enable = lib.mkEnableOption "the asset store streamdb";

    package = package.option "streamdb" "streamdb";

    address = lib.mkOption {
      type = lib.types.strMatching "[0-9.]+|[0-9a-fA-F:]+";
      default = "127.0.0.1";
      example = "192.168.122.2";
      description = ''
        IPv4 or IPv6 address to listen on, no name. Other than `127.0.0.1` and `::1` it needs `tokenFile`, as every request
        may write.
      '';
    };

    port = lib.mkOption {
      type = lib.types.port;
      default = 8080;
      example = 8081;
      description = "TCP port (1–65535). The firewall is not opened here: choose the interface there.";
    };

    dataDir = lib.mkOption {
      type = lib.types.path;
      readOnly = true;
      default = "/var/lib/streamdb";
      example = "/mnt/disk/streamdb";
      description = "Where the store lies; grows with what is put into it.";
    };

    tokenFile = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      example = "/var/lib/secrets/streamdb-token";
      description = ''
        File with the token that clients send, one line, readable by root only. It is handed to the service as a
        credential and never enters the Nix store: give a path as a string, not as a Nix path.
      '';
    };

    extraArguments = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Further arguments of `streamdb serve`; see its `--help`.";
    };
  };

  config = lib.mkMerge [
    { services.streamdb.enable = lib.mkIf config.archibald.streamdb.enable (lib.mkDefault true); }
    (lib.mkIf cfg.enable {
      assertions = [
        (package.assertion "services.streamdb" cfg.package)
        {
          assertion = loopback || cfg.tokenFile != null;
          message = ''
            services.streamdb.address is ${cfg.address}, which others can reach, and services.streamdb.tokenFile is not
            set. Write a token into a root-only file and name it there, or listen on 127.0.0.1.
          '';
        }
      ];

      systemd.services.streamdb = lib.mkIf (cfg.package != null) {
        description = "Asset store";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        serviceConfig = import ../pedal/sandbox.nix // {
          ExecStart = utils.escapeSystemdExecArgs (
            [
              (lib.getExe' cfg.package "streamdb")
              "serve"
              "--listen"
              (import ../../lib/socket-address.nix { inherit lib; } cfg.address cfg.port)
              "--data-dir"
              cfg.dataDir
            ]
            ++ cfg.extraArguments
          );
          # Not in the arguments: %d is the folder of the unit's credentials.
          Environment = lib.mkIf (cfg.tokenFile != null) [ "STREAMDB_TOKEN_FILE=%d/token" ];
          LoadCredential = lib.mkIf (cfg.tokenFile != null) [ "token:${toString cfg.tokenFile}" ];
          DynamicUser = true;
          StateDirectory = "streamdb";
          StateDirectoryMode = "0700";
          Restart = "on-failure";
          RestartSec = 1;
          LimitNOFILE = 65536;
          MemoryDenyWriteExecute = true;
          PrivateDevices = true;
          RestrictRealtime = true;
          RestrictAddressFamilies = [
            "AF_INET"
            "AF_INET6"
            "AF_UNIX"
          ];
        };
      };
    })
  ];
}
