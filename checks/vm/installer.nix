# The disk layouts of archibald-install, on an empty disk of a machine that started by UEFI: partitions, file systems,
# encryption, and that a question answered wrongly leaves the disk alone.
_: {
  name = "installer";
  globalTimeout = 10 * 60;

  nodes.machine =
    { pkgs, ... }:
    {
      archibald.installer.scripted.enable = true;
      virtualisation = {
        useEFIBoot = true;
        emptyDiskImages = [ 40960 ];
        memorySize = 2048; # LUKS' key derivation takes half of it
      };
      environment.systemPackages = [ pkgs.cryptsetup ];
    };

  testScript =
    { nodes, ... }:
    let
      inherit (nodes.machine.archibald.installer) formatters;
    in
    ''
      disk = "/dev/vdb"

      def column(name, part):
          return machine.succeed(f"lsblk -no {name} {disk}{part} | head -n 1").strip()

      def format(script):
          machine.succeed("mkdir -p /run/archibald", f"ln -sfn {disk} /run/archibald/target-disk")
          machine.succeed(f"{script}/bin/disko-destroy-format-mount --yes-wipe-all-disks")

      machine.wait_for_unit("multi-user.target")

      with subtest("a dry run says what would happen and writes nothing"):
          told = machine.succeed(f"archibald-install --disk {disk} --dry-run")
          assert "Everything on /dev/vdb will be lost" in told, told
          machine.succeed(f"cmp -n 1048576 {disk} /dev/zero")

      with subtest("another answer than the disk's name writes nothing"):
          machine.fail(f"echo no | archibald-install --disk {disk}")
          machine.succeed(f"cmp -n 1048576 {disk} /dev/zero")

      with subtest("plain: GPT, EFI system partition of 1 GiB, ext4 root, mounted below /mnt"):
          format("${formatters.plain}")
          assert column("PTTYPE", 1) == "gpt"
          assert column("PARTLABEL", 1) == "disk-main-ESP"
          assert column("PARTLABEL", 2) == "disk-main-root"
          assert column("FSTYPE", 1) == "vfat"
          assert column("FSTYPE", 2) == "ext4"
          assert machine.succeed(f"lsblk -bdno SIZE {disk}1").strip() == str(1024 * 1024 * 1024)
          machine.succeed("mountpoint /mnt", "mountpoint /mnt/boot", "findmnt -no OPTIONS /mnt | grep -w noatime")

      with subtest("etc/nixos of the target has the machine's flake"):
          machine.succeed("archibald-prepare-target /mnt partitions-by-label")
          machine.succeed("grep -F 'archibald.disk.enable = true' /mnt/etc/nixos/machine.nix")
          machine.succeed("test -w /mnt/etc/nixos/archibald/flake.nix", "umount -R /mnt")

      with subtest("encrypted: LUKS 2 that the given password opens, and no other"):
          machine.succeed("(umask 077; printf %s 'a long secret' > /run/archibald/disk-password)")
          format("${formatters.luks}")
          assert column("FSTYPE", 2) == "crypto_LUKS"
          machine.succeed(f"printf %s 'a long secret' | cryptsetup open --test-passphrase {disk}2 --key-file -")
          machine.fail(f"printf %s 'another secret' | cryptsetup open --test-passphrase {disk}2 --key-file -")
          assert machine.succeed("findmnt -no SOURCE /mnt").strip() == "/dev/mapper/archibald-root"
    '';
}
