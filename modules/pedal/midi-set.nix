# Not a module: the MIDI units by the names that pi-Stomp users know: what each does, the arguments of `midi-bridge`, and
# what it needs beside JACK. midi-units.nix makes them.
{ serialDevice, serialBaud }:
{
  mod-amidithru = {
    description = "Virtual MIDI thru port";
    arguments = "thru --name touchosc";
  };
  ttymidi = {
    description = "Serial MIDI on ${serialDevice}";
    arguments = "serial --device ${serialDevice} --baud ${toString serialBaud}";
    service = {
      # By kind and not by name: an adapter that is plugged in later is a new device. By number where the driver is a module,
      # whose name the kernel does not know before there is an adapter.
      DeviceAllow = [
        "char-alsa rw"
        "char-ttyAMA rw"
        "char-ttyS rw"
        "char-166 rw" # ttyACM
        "char-188 rw" # ttyUSB
      ];
      SupplementaryGroups = [
        "audio"
        "jack"
        "dialout"
      ];
    };
  };
  mod-midi-merger = {
    description = "All MIDI inputs as one port";
    arguments = "merge";
  };
  mod-midi-merger-broadcaster = {
    description = "One MIDI port to all outputs";
    arguments = "broadcast";
  };
  mod-touchosc2midi = {
    description = "OSC from a tablet as MIDI";
    arguments = "osc";
    after = [
      "mod-amidithru.service"
      "network-online.target"
    ];
    wants = [ "network-online.target" ];
    service.RestrictAddressFamilies = [
      "AF_UNIX"
      "AF_INET"
      "AF_INET6"
      "AF_NETLINK"
    ];
    service.PrivateNetwork = false;
  };
}
