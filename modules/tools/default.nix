# Our measuring, tuning and appliance programs as services. Each takes its package from an option that is null while the
# program is not written, and an enabled one without a package fails with a sentence.
{
  imports = [
    ../pedal # its user and its JACK server, where there is one
    ./tuning.nix
    ./tuning-emitted.nix
    ./latency-probe.nix
    ./provision.nix
    ./provision-units.nix
    ./provision-image.nix
    ./streamdb.nix
    ./update.nix
    ./update-stick.nix
    ./update-units.nix
  ];
}
