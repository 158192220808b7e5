# The software of each variant by nixpkgs attribute name, in the groups of the seed's tables. Data only: software.nix
# turns it into packages, and the evaluation fails with one sentence when a name is gone.
{
  workstation = {
    editors = [
      "audacity"
      "zrythm"
      "ardour"
    ];
    hosts = [
      "carla"
      "cardinal"
    ];
    synths = [
      "fluidsynth"
      "musescore"
      "surge"
      "surge-xt"
      "helm"
      "zynaddsubfx"
    ];
    programming = [
      "csound"
      "csound-qt"
      "faust"
      "faust2alsa"
      "faust2csound"
      "faust2jack"
      "puredata"
      "supercollider"
    ];
    effects = [
      "dragonfly-reverb"
      "calf"
      "guitarix"
    ];
    utilities = [
      "qjackctl"
      "vmpk"
      "qmidinet"
      "helvum"
      "qpwgraph"
    ];
  };

  board = {
    editors = [ "qtractor" ];
    hosts = [ "jalv" ];
    programming = [ "puredata" ];
    effects = [ "guitarix" ];
    utilities = [
      "jack2"
      "qjackctl"
      "jack_capture"
      "pavucontrol"
      "helvum"
      "qpwgraph"
    ];
  };

  board-core = {
    editors = [ "qtractor" ];
    programming = [ "puredata" ];
    effects = [ "guitarix" ];
    utilities = [
      "jack2"
      "qjackctl"
      "pavucontrol"
      "helvum"
      "qpwgraph"
    ];
  };
}
