# The graphical installer. nixpkgs' Calamares writes a fixed configuration.nix and knows no flake; these patches make it
# install this flake's `archibaldOS` with what the person picked, and offer our four desktops. Every replacement fails
# the build when nixpkgs changes the text, so it cannot become a silent no-op.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.installer;
  yaml = pkgs.formats.yaml { };

  desktops = [
    {
      id = "plasma6";
      name = "Plasma";
      text = "A complete desktop. The choice for machines with 8 GB of memory or more.";
    }
    {
      id = "i3";
      name = "i3";
      text = "Tiling windows, steered by the keyboard, in a fraction of the memory.";
    }
    {
      id = "dwm";
      name = "dwm";
      text = "The smallest one, for old machines.";
    }
    {
      id = "hyprland";
      name = "Hyprland";
      text = "Tiling windows on Wayland with animations. Wants a good GPU driver.";
    }
    {
      id = "";
      name = "No desktop";
      text = "Text consoles only.";
    }
  ];

  packageChooser = yaml.generate "packagechooser.conf" {
    mode = "required";
    method = "legacy";
    labels.step = "Desktop";
    default = "plasma6";
    items = map (desktop: {
      inherit (desktop) id name;
      packages = lib.optional (desktop.id != "") desktop.id;
      description = "<html>${desktop.text}</html>";
      screenshot = "logo.png";
    }) desktops;
  };

  replacements = import ./calamares/replacements.nix {
    inherit lib;
    prepareTarget = lib.getExe cfg.prepareTarget;
    groups = config.archibald.users.audioGroups;
  };
  replace =
    file: from: to:
    "substituteInPlace ${file} --replace-fail ${lib.escapeShellArg from} ${lib.escapeShellArg to}";
in
{
  options.archibald.installer.calamares.enable = lib.mkEnableOption ''
    the graphical installer, changed to install this flake. Import nixpkgs'
    installation-cd-graphical-calamares-plasma6.nix, which starts it'';

  config = lib.mkIf cfg.calamares.enable {
    assertions = [
      {
        assertion = cfg.flake != null;
        message = ''
          archibald.installer.calamares.enable needs to know what to install. Import nixosModules.installer of this
          flake, or set archibald.installer.flake.
        '';
      }
    ];
    nixpkgs.overlays = [
      (_: previous: {
        calamares-nixos-extensions = previous.calamares-nixos-extensions.overrideAttrs (old: {
          postPatch = (old.postPatch or "") + ''
            ${lib.concatMapStringsSep "\n" (r: replace "modules/nixos/main.py" r.from r.to) replacements}
            cp ${packageChooser} config/modules/packagechooser.conf
            cp -r branding/nixos branding/archibald
            cp ${config.archibald.branding.artwork}/share/archibald/logo.png branding/archibald/logo.png
            # With the space before it: the addresses of NixOS in there stay what they are.
            substituteInPlace branding/archibald/branding.desc \
              --replace-fail 'componentName:  nixos' 'componentName:  archibald' \
              --replace-fail ' NixOS' ${lib.escapeShellArg " ${config.archibald.branding.name}"}
            sed -i 's|^\( *product\(Icon\|Logo\|Welcome\):\).*|\1 "logo.png"|' branding/archibald/branding.desc
            ${replace "config/settings.conf" "branding: nixos" "branding: archibald"}
          '';
        });
      })
    ];
  };
}
