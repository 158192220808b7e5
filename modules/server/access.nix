# SSH by public key is the only door. A server without a key would be a locked room, so an image without one is refused
# unless it says where the key is put at installation.
{ config, lib, ... }:
let
  cfg = config.archibald.server;
  admin = config.archibald.users.admin;
  account = config.users.users.${admin.name} or null;
  declared =
    account != null
    && (account.openssh.authorizedKeys.keys != [ ] || account.openssh.authorizedKeys.keyFiles != [ ]);
in
{
  options.archibald.server = {
    enable = lib.mkEnableOption "a headless server with SSH by public key only";

    authorizedKeysFile = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "/.*");
      default = null;
      example = "/var/lib/archibald/authorized_keys/%u";
      description = ''
        File on the machine with public keys, one a line, beside those in the configuration; `%u` is the account. For
        images that many people install: `archibald-install --ssh-key FILE` puts the installer's key there. It must
        belong to root and be writable by root only, else sshd ignores it.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = declared || cfg.authorizedKeysFile != null;
        message = ''
          The server would be unreachable: password login is off and `${admin.name}` has no SSH key. Set
          archibald.users.admin.authorizedKeys = [ "ssh-ed25519 …" ], or archibald.server.authorizedKeysFile when the
          key is installed later.
        '';
      }
      {
        assertion = config.services.openssh.enable;
        message = ''
          archibald.server.enable without sshd cannot be reached. Leave services.openssh.enable on, or turn
          archibald.server.enable off.
        '';
      }
      {
        assertion = !(config.services.openssh.settings.PasswordAuthentication or true);
        message = ''
          archibald.server.enable promises login by key only, but services.openssh.settings.PasswordAuthentication is
          on. Set it to false, or turn archibald.server.enable off.
        '';
      }
    ];

    archibald.base.enable = lib.mkDefault true;
    archibald.users.admin.enable = lib.mkDefault true;
    # Accounts come from the configuration alone: no password set by hand survives a reboot.
    users.mutableUsers = lib.mkDefault false;
    # NixOS refuses a system without any declared key or password; a key put there by the installer it cannot see.
    users.allowNoPasswordLogin = lib.mkIf (cfg.authorizedKeysFile != null) (lib.mkDefault true);
    services.openssh = {
      authorizedKeysFiles = lib.optional (cfg.authorizedKeysFile != null) cfg.authorizedKeysFile;
      settings = {
        AuthenticationMethods = lib.mkDefault "publickey";
        X11Forwarding = lib.mkDefault false;
      };
    };
    systemd.tmpfiles.settings."10-archibald-server" = lib.mkIf (cfg.authorizedKeysFile != null) {
      ${dirOf cfg.authorizedKeysFile}.d = {
        mode = "0755";
        user = "root";
        group = "root";
      };
    };
  };
}
