# A machine → what is in it, as plain data. Secrets stay out: of a password only its kind is said.
{
  lib,
  name,
  row,
  machine,
  # Folder of the flake.
  root,
}:
let
  inherit (machine) config options;
  plain = import ./plain.nix { inherit lib; };

  # True for a file of ours; the tree that is evaluated against may lie below the same folder.
  isOurs =
    file:
    lib.any (folder: lib.hasPrefix "${root}/${folder}/" (toString file)) [
      "hosts"
      "lib"
      "modules"
    ];

  # The names below an option of attributes that are defined by files of ours.
  ours =
    option:
    lib.unique (
      lib.concatMap (
        definition:
        lib.optionals (isOurs definition.file) (
          if builtins.isAttrs definition.value then builtins.attrNames definition.value else [ ]
        )
      ) (option.definitionsWithLocations or [ ])
    );

  # Definitions of ours for an option of text, in order.
  ourText =
    option:
    lib.concatMap (definition: lib.optional (isOurs definition.file) definition.value) (
      option.definitionsWithLocations or [ ]
    );

  unitKinds = [
    "services"
    "sockets"
    "timers"
    "targets"
    "paths"
    "mounts"
    "automounts"
    "slices"
  ];
  suffix = kind: ".${lib.removeSuffix "s" kind}";
  ourUnits =
    systemdOptions:
    lib.sort lib.lessThan (
      lib.concatMap (kind: map (unit: unit + suffix kind) (ours systemdOptions.${kind})) (
        lib.filter (kind: systemdOptions ? ${kind} && kind != "mounts" && kind != "automounts") unitKinds
      )
    );
  enabledUnits =
    units:
    lib.mapAttrs (_: unit: unit.text) (
      lib.filterAttrs (_: unit: unit.enable && unit.text != null) units
    );
  existing = units: lib.filter (unit: units ? ${unit} && units.${unit}.enable);

  passwordKind =
    user:
    if user.hashedPasswordFile or null != null then
      "from a file"
    else if user.hashedPassword or null != null then
      "hash in the configuration"
    else if user.initialHashedPassword or null == "" then
      "empty at first boot"
    else if user.initialPassword or null != null || user.initialHashedPassword or null != null then
      "given at first boot"
    else
      "none";

  account = user: {
    inherit (user)
      description
      group
      home
      isNormalUser
      uid
      ;
    extraGroups = lib.sort lib.lessThan user.extraGroups;
    shell = plain user.shell;
    password = passwordKind user;
    authorizedKeys = user.openssh.authorizedKeys.keys;
  };

  # What was asked of Kconfig: "y", "m", "n" or a text, also behind mkForce.
  answer =
    item: item.freeform or item.tristate or (if item ? content then answer item.content else item);

  etcOurs = ours options.environment.etc;
  inherit (config.boot.kernelPackages) kernel;
  firewall = config.networking.firewall;
in
{
  variant = name;
  system = config.nixpkgs.hostPlatform.system;
  hostName = config.networking.hostName;
  stateVersion = config.system.stateVersion;
  distribution = {
    inherit (config.system.nixos) distroId distroName;
    variant = config.system.nixos.variant_id or null;
  };

  assertions = map (one: one.message) (lib.filter (one: !one.assertion) config.assertions);
  inherit (config) warnings;

  image = {
    inherit (row) artefact;
    derivation = config.system.build.${row.artefact}.name;
    fileName = if row.artefact == "toplevel" then null else config.image.fileName or null;
    baseName = if row.artefact == "toplevel" then null else config.image.baseName or null;
    sdImage =
      if row.artefact == "sdImage" then
        {
          inherit (config.sdImage)
            firmwareSize
            firmwarePartitionOffset
            rootVolumeLabel
            compressImage
            expandOnBoot
            ;
        }
      else
        null;
    isoImage =
      if row.artefact == "isoImage" then
        {
          inherit (config.isoImage) volumeID edition squashfsCompression;
        }
      else
        null;
  };

  kernel = {
    inherit (kernel) version;
    name = kernel.name;
    params = lib.sort lib.lessThan config.boot.kernelParams;
    asked = plain (
      lib.mapAttrs (_: answer) (
        (kernel.structuredExtraConfig or { })
        // lib.foldl' (
          all: patch: all // (patch.structuredExtraConfig or { })
        ) { } config.boot.kernelPatches
      )
    );
    patches = map (patch: patch.name) config.boot.kernelPatches;
    modules = lib.sort lib.lessThan config.boot.kernelModules;
    initrdModules = lib.sort lib.lessThan config.boot.initrd.kernelModules;
    blacklisted = lib.sort lib.lessThan config.boot.blacklistedKernelModules;
    modprobe = ourText options.boot.extraModprobeConfig;
    sysctl = lib.filterAttrs (_: value: value != null) config.boot.kernel.sysctl;
    consoleLogLevel = config.boot.consoleLogLevel;
  };

  boot = {
    plymouth = {
      inherit (config.boot.plymouth) enable theme;
    };
    loader = {
      grub = config.boot.loader.grub.enable;
      systemdBoot = config.boot.loader.systemd-boot.enable;
      extlinux = config.boot.loader.generic-extlinux-compatible.enable;
      timeout = config.boot.loader.timeout;
    };
    tmp = {
      inherit (config.boot.tmp) useTmpfs cleanOnBoot;
    };
    binfmt = config.boot.binfmt.emulatedSystems;
    fileSystems = lib.mapAttrs (_: fileSystem: {
      inherit (fileSystem) device fsType label;
    }) config.fileSystems;
    configTxt = plain (config.hardware.raspberry-pi.configtxt or null);
  };

  locale = {
    inherit (config.time) timeZone;
    default = config.i18n.defaultLocale;
    keyMap = plain config.console.keyMap;
  };

  nix = {
    settings = plain (
      lib.getAttrs (lib.filter (key: config.nix.settings ? ${key}) [
        "auto-optimise-store"
        "build-dir"
        "cores"
        "experimental-features"
        "max-jobs"
        "trusted-users"
      ]) config.nix.settings
    );
    gc = {
      inherit (config.nix.gc)
        automatic
        dates
        options
        persistent
        ;
    };
  };

  users = {
    mutable = config.users.mutableUsers;
    accounts = lib.mapAttrs (_: account) (
      lib.filterAttrs (
        user: value: value.isNormalUser || user == "root" || lib.elem user (ours options.users.users)
      ) config.users.users
    );
    groups =
      lib.mapAttrs
        (_: group: {
          inherit (group) gid;
          members = lib.sort lib.lessThan group.members;
        })
        (
          lib.filterAttrs (
            group: value: lib.elem group (ours options.users.groups) || value.members != [ ]
          ) config.users.groups
        );
    wheelNeedsPassword = config.security.sudo.wheelNeedsPassword;
    gettyAutologin = config.services.getty.autologinUser;
    limits = map (
      limit: "${limit.domain} ${limit.type} ${limit.item} ${toString limit.value}"
    ) config.security.pam.loginLimits;
  };

  packages = lib.unique (lib.sort lib.lessThan (map lib.getName config.environment.systemPackages));
  variables = plain config.environment.sessionVariables;

  network = {
    firewall = {
      inherit (firewall)
        enable
        allowedTCPPorts
        allowedUDPPorts
        allowedTCPPortRanges
        allowedUDPPortRanges
        trustedInterfaces
        ;
      interfaces = lib.mapAttrs (
        _: interface:
        lib.getAttrs [
          "allowedTCPPorts"
          "allowedUDPPorts"
          "allowedTCPPortRanges"
          "allowedUDPPortRanges"
        ] interface
      ) firewall.interfaces;
    };
    networkManager = config.networking.networkmanager.enable;
    bridges = lib.mapAttrs (_: bridge: bridge.interfaces) config.networking.bridges;
    addresses = lib.filterAttrs (_: list: list != [ ]) (
      lib.mapAttrs (
        _: interface:
        map (address: "${address.address}/${toString address.prefixLength}") interface.ipv4.addresses
      ) config.networking.interfaces
    );
    avahi = {
      inherit (config.services.avahi) enable nssmdns4 hostName;
      publish = config.services.avahi.publish.enable;
    };
    ssh = {
      inherit (config.services.openssh) enable ports;
      settings = lib.mapAttrs (_: plain) (
        lib.getAttrs [
          "PasswordAuthentication"
          "KbdInteractiveAuthentication"
          "PermitRootLogin"
        ] config.services.openssh.settings
      );
    };
  };

  audio = {
    rtkit = config.security.rtkit.enable;
    pulseaudio = config.services.pulseaudio.enable;
    jackd = config.services.jack.jackd.enable;
    alsa = config.hardware.alsa.enable or false;
    pipewire = {
      inherit (config.services.pipewire) enable systemWide;
      alsa = config.services.pipewire.alsa.enable;
      pulse = config.services.pipewire.pulse.enable;
      jack = config.services.pipewire.jack.enable;
      wireplumber = config.services.pipewire.wireplumber.enable;
      settings = plain (removeAttrs config.services.pipewire.extraConfig [ "client-rt" ]);
      session = plain config.services.pipewire.wireplumber.extraConfig;
    };
    musnix = {
      inherit (config.musnix) enable;
      realtimeKernel = config.musnix.kernel.realtime;
      rtirq = {
        inherit (config.musnix.rtirq) enable nameList;
      };
      watchdog = config.musnix.das_watchdog.enable;
    };
  };

  desktop = {
    xserver = config.services.xserver.enable;
    plasma6 = config.services.desktopManager.plasma6.enable;
    hyprland = config.programs.hyprland.enable;
    i3 = config.services.xserver.windowManager.i3.enable;
    dwm = config.services.xserver.windowManager.dwm.enable;
    displayManager = {
      inherit (config.services.displayManager) enable defaultSession;
      autoLogin = {
        inherit (config.services.displayManager.autoLogin) enable user;
      };
      sddm = config.services.displayManager.sddm.enable;
      plasmaLoginManager = config.services.displayManager.plasma-login-manager.enable;
      lightdm = config.services.xserver.displayManager.lightdm.enable;
    };
  };

  services = {
    earlyoom = config.services.earlyoom.enable;
    zram = config.zramSwap.enable;
    swap = map (swap: { inherit (swap) device size; }) config.swapDevices;
    docker = config.virtualisation.docker.enable;
    libvirtd = config.virtualisation.libvirtd.enable;
    cpuGovernor = config.powerManagement.cpuFreqGovernor;
    powerProfiles = config.services.power-profiles-daemon.enable;
    udev = ourText options.services.udev.extraRules;
    udevPackages = lib.unique (lib.sort lib.lessThan (map lib.getName config.services.udev.packages));
    tmpfiles = plain (
      lib.getAttrs (lib.filter (key: config.systemd.tmpfiles.settings ? ${key}) (
        ours options.systemd.tmpfiles.settings
      )) config.systemd.tmpfiles.settings
    );
  };

  etc =
    lib.genAttrs
      (lib.filter (
        file: config.environment.etc ? ${file} && config.environment.etc.${file}.enable
      ) etcOurs)
      (
        file:
        let
          entry = config.environment.etc.${file};
        in
        if entry.text != null then entry.text else "<file ${baseNameOf (toString entry.source)}>"
      );

  units = {
    ours = existing config.systemd.units (ourUnits options.systemd);
    userOurs = existing config.systemd.user.units (ourUnits options.systemd.user);
    aliases = lib.concatMapAttrs (
      unit: value: lib.genAttrs (lib.optionals value.enable value.aliases) (_: unit)
    ) config.systemd.units;
    system = enabledUnits config.systemd.units;
    user = enabledUnits config.systemd.user.units;
  };

  archibald = plain (
    config.archibald
    // {
      # The systems that an installer carries are variants themselves, and each of them costs an evaluation.
      installer = removeAttrs config.archibald.installer [ "systems" ];
    }
  );
}
