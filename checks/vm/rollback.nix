# A new generation is tried, found wanting and left again: by command on the running machine, and in the boot menu, which
# keeps an entry for each generation. The machine uses the boot loader of the boards.
{ pkgs, ... }:
{
  name = "rollback";
  globalTimeout = 10 * 60;

  nodes.machine = {
    system.switch.enable = true;
    boot.loader.grub.enable = false;
    boot.loader.generic-extlinux-compatible.enable = true;
    archibald.base.enable = true;
    environment.etc.generation.text = "first";

    specialisation.second.configuration = {
      environment.etc.generation.text = pkgs.lib.mkForce "second"; # over the line above
      systemd.services.only-in-second = {
        wantedBy = [ "multi-user.target" ];
        serviceConfig.ExecStart = "/run/current-system/sw/bin/sleep infinity";
      };
    };
  };

  testScript = ''
    profile = "/nix/var/nix/profiles/system"
    menu = "/boot/extlinux/extlinux.conf"

    def generation():
        return machine.succeed("cat /etc/generation").strip()

    def labels():
        return set(machine.succeed(f"sed -n 's/^LABEL //p' {menu}").split())

    machine.wait_for_unit("multi-user.target")
    first = machine.succeed("readlink -f /run/current-system").strip()
    second = machine.succeed(f"readlink -f {first}/specialisation/second").strip()

    with subtest("the first generation is in the menu"):
        machine.succeed(f"nix-env --profile {profile} --set {first}")
        machine.succeed(f"{profile}/bin/switch-to-configuration switch")
        assert generation() == "first"
        assert {"nixos-default", "nixos-1-default"} <= labels(), labels()

    with subtest("the second one takes over, and the first stays in the menu"):
        machine.succeed(f"nix-env --profile {profile} --set {second}")
        machine.succeed(f"{profile}/bin/switch-to-configuration switch")
        assert generation() == "second"
        machine.wait_for_unit("only-in-second.service")
        assert {"nixos-1-default", "nixos-2-default"} <= labels(), labels()

    with subtest("rolling back restores files and units"):
        machine.succeed(f"nix-env --profile {profile} --rollback")
        machine.succeed(f"{profile}/bin/switch-to-configuration switch")
        assert generation() == "first"
        machine.fail("systemctl is-active only-in-second")

    with subtest("the menu's default is the first again"):
        default = machine.succeed(f"sed -n 's/^DEFAULT //p' {menu}").strip()
        block = machine.succeed(f"sed -n '/^LABEL {default}$/,/^$/p' {menu}")
        assert "init=" + first in block, block
  '';
}
