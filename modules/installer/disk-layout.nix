# GPT with an EFI system partition and one ext4 root, encrypted with LUKS on request. Data for disko: the installed
# system mounts it by partition label, the installer formats it by device name.
{
  device,
  encrypt,
  espMiB ? 1024,
  passwordFile ? null,
}:
let
  root = {
    type = "filesystem";
    format = "ext4";
    mountpoint = "/";
    # No write for each read of a sample library.
    mountOptions = [ "noatime" ];
  };
  encrypted = {
    type = "luks";
    name = "archibald-root";
    settings.allowDiscards = true;
    content = root;
  }
  // (if passwordFile == null then { } else { inherit passwordFile; });
in
{
  disk.main = {
    type = "disk";
    inherit device;
    content = {
      type = "gpt";
      partitions = {
        ESP = {
          type = "EF00";
          size = "${toString espMiB}M";
          content = {
            type = "filesystem";
            format = "vfat";
            mountpoint = "/boot";
            mountOptions = [ "umask=0077" ];
          };
        };
        root = {
          size = "100%";
          content = if encrypt then encrypted else root;
        };
      };
    };
  };
}
