# Single-board computers: what each board needs beyond the common modules. The image layout itself comes from nixpkgs or
# from the vendor's flake and is imported by the host, because imports cannot depend on an option.
{
  imports = [
    ../pedal # pi-stomp.nix names its sound card there
    ../realtime
    ./orangepi5.nix
    ./orangepi5-mainline.nix
    ./raspberry-pi.nix
    ./pi-stomp.nix
    ./codec-mixer.nix
    ./sd-image.nix
  ];
}
