# Debug probes and serial ports, for their group and for the runner's jobs; no other device and nobody else. The sandbox
# of the runner has a /dev without hardware and an empty list of allowed devices, so each step is opened here.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.runner;
in
{
  options.archibald.runner = {
    deviceClasses = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [
        "usb_device"
        "hidraw"
        "ttyACM"
        "ttyUSB"
      ];
      example = [ "ttyACM" ];
      description = ''
        Classes of character devices that jobs may open, by their names in `/proc/devices`. probe-rs needs `usb_device`
        and, for CMSIS-DAP version 1, `hidraw`; which of its devices then open is decided by file mode, that is by the udev rules of the probes.
      '';
    };

    deviceAccess = lib.mkOption {
      type = lib.types.attrsOf lib.types.anything;
      readOnly = true;
      internal = true;
      default = {
        PrivateDevices = false;
        # With it the groups below would be mapped to nobody.
        PrivateUsers = false;
        DevicePolicy = "closed";
        DeviceAllow = map (name: "char-${name} rw") cfg.deviceClasses;
        SupplementaryGroups = [
          "plugdev"
          "dialout"
        ];
        # libusb hears of plugged devices from udev.
        BindReadOnlyPaths = [ "/run/udev" ];
      };
      description = "Exceptions from the runner's sandbox.";
    };
  };

  config = lib.mkIf cfg.enable {
    users.groups.plugdev = { };

    services.udev.packages = [
      pkgs.probe-rs-tools
      # probe-rs' rules give a probe to the person at the seat; a machine without one needs a group. The name sorts this
      # right after them, before systemd's own rules tag cameras and the like in the same way.
      (pkgs.writeTextDir "lib/udev/rules.d/69-probes-group.rules" ''
        SUBSYSTEM=="usb|hidraw", TAG=="uaccess", GROUP="plugdev", MODE="0660"
      '')
    ];
  };
}
