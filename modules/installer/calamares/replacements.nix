# What is replaced in Calamares' NixOS module (modules/nixos/main.py of calamares-nixos-extensions 0.3.23), and why.
# The build fails when a text is gone; checks/scripts/calamares.py runs the job with all of them.
{
  lib,
  prepareTarget,
  groups,
}:
let
  lines = lib.concatMapStrings (line: line + "\n");
in
[
  {
    # The settings of the machine are a module of our flake's archibaldOS; machine.nix has its CPUs and disks.
    from = "./hardware-configuration.nix\n    ];";
    to = "./hardware-configuration.nix\n      ./machine.nix\n    ];\n\n  # The account below is the one of this machine.\n  archibald.users.audioUser.enable = false;";
  }
  {
    # Desktop and display manager are chosen in one place, by an option of ours.
    from = "  services.displayManager.sddm.enable = true;\n  services.desktopManager.plasma6.enable = true;\n";
    to = "";
  }
  {
    from = "    # Choose desktop environment\n";
    to = lines [
      "    # Choose desktop environment"
      "    desktop = gs.value(\"packagechooser_packagechooser\")"
      "    cfg += \"  # plasma6, dwm, hyprland, i3, or null for none.\\n\""
      "    cfg += \"  archibald.desktop.environment = {};\\n\\n\".format("
      "        '\"{}\"'.format(desktop) if desktop else \"null\""
      "    )"
    ];
  }
  {
    from = "services.displayManager.autoLogin.enable = true;";
    to = ''archibald.desktop.autoLoginUser = "@@username@@";'';
  }
  {
    from = "  services.displayManager.autoLogin.user = \"@@username@@\";\n";
    to = "";
  }
  {
    # Without these the first account may not use real-time priorities.
    from = ''groups = ["networkmanager", "wheel"]'';
    to = ''groups = ["networkmanager", "wheel", ${
      lib.concatMapStringsSep ", " (group: ''"${group}"'') groups
    }]'';
  }
  {
    # The flake of the machine must lie beside configuration.nix before nixos-install reads it.
    from = "    status = _(\"Installing NixOS\")\n";
    to = lines [
      "    try:"
      "        subprocess.check_output("
      "            [\"pkexec\", \"${prepareTarget}\", root_mount_point],"
      "            stderr=subprocess.STDOUT,"
      "        )"
      "    except subprocess.CalledProcessError as e:"
      "        return (_(\"Copying the configuration failed\"), e.output.decode(\"utf8\"))"
      ""
      "    status = _(\"Installing ArchibaldOS\")"
    ];
  }
  {
    from = "            \"--no-root-passwd\",\n";
    to = lines [
      "            \"--no-root-passwd\","
      "            \"--no-channel-copy\","
      "            \"--flake\","
      "            root_mount_point + \"/etc/nixos#archibaldOS\","
    ];
  }
]
