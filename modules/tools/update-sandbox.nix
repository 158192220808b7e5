# What the units of updates have in common. They are root, and may do what an update is made of; what an update does not
# need is taken away.
import ../pedal/sandbox.nix
// {
  Type = "oneshot";
  StateDirectory = "archibald-update";
  StateDirectoryMode = "0755";
  RestrictRealtime = true;
  PrivateDevices = true;
}
