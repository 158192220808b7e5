# The pedal's plugins by nixpkgs attribute name. Data only; plugins.nix turns it into one LV2 folder.
[
  # amplifiers, cabinets, impulse responses
  "neural-amp-modeler-lv2"
  "guitarix"
  "gxplugins-lv2"
  "tamgamp-lv2"
  "ir-lv2"
  # distortion, modulation, delay, reverb
  "mod-distortion"
  "rkrlv2"
  "dragonfly-reverb"
  "bolliedelayxt-lv2"
  "stone-phaser"
  "wolf-shaper"
  "chow-tape-model"
  "airwindows-lv2"
  "infamousplugins"
  # dynamics, equalisers, meters, tools
  "lsp-plugins"
  "zam-plugins"
  "x42-plugins"
  "mda_lv2"
  "swh_lv2"
  "fomp"
  "noise-repellent"
  "mod-arpeggiator-lv2"
]
