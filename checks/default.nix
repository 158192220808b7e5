# `nix flake check`: a table. A new crate, variant, VM scenario or Nix file is a row without an edit here.
{
  hosts,
  inputs,
  lib,
  nixosModules,
  pkgs,
  rust,
  system,
  ...
}:
let
  inherit (rust) crane common cargoArtifacts;
  withArtifacts = common // {
    inherit cargoArtifacts;
  };
  plugins = [
    pkgs.guitarix
    pkgs.lsp-plugins
    pkgs.mda_lv2
    pkgs.swh_lv2
    pkgs.x42-plugins
    pkgs.zam-plugins
  ];

  crates = {
    crates-build = crane.buildPackage (withArtifacts // { doCheck = false; });
    crates-clippy = crane.cargoClippy (
      withArtifacts // { cargoClippyExtraArgs = "--workspace --all-targets -- --deny warnings"; }
    );
    crates-test = crane.cargoNextest (
      withArtifacts
      // {
        cargoNextestExtraArgs = "--workspace";
        nativeCheckInputs = [
          pkgs.jack2
          pkgs.jack-example-tools
          pkgs.perl
          pkgs.procps
          pkgs.python3
          pkgs.strace
          pkgs.util-linux
        ];
        LV2_PATH = lib.makeSearchPath "lib/lv2" plugins;
        # The programs open libjack when they start; nothing links it.
        LD_LIBRARY_PATH = lib.makeLibraryPath [ pkgs.libjack2 ];
      }
    );
    crates-doc = crane.cargoDoc (withArtifacts // { env.RUSTDOCFLAGS = "--deny warnings"; });
    crates-format = crane.cargoFmt { inherit (common) pname version src; };
    # Advisories need a database that changes daily; a check must not.
    crates-deny = crane.cargoDeny {
      inherit (common) pname version src;
      cargoDenyChecks = "bans licenses sources";
    };
  };

  nixSources = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.fileFilter (file: file.hasExt "nix") ../.;
  };
  style = {
    # The scripts of the modules, run against stand-ins for the programs that they call.
    shell-scripts =
      pkgs.runCommand "shell-scripts"
        {
          nativeBuildInputs = [
            pkgs.gnugrep
            pkgs.python3
            pkgs.util-linux
          ];
        }
        ''
          cp -r --no-preserve=mode ${../.} source
          cd source
          for script in checks/scripts/*.sh; do bash "$script"; done
          touch $out
        '';
    nix-format = pkgs.runCommand "nix-format" { nativeBuildInputs = [ pkgs.nixfmt ]; } ''
      find ${nixSources} -name '*.nix' -exec nixfmt --check {} +
      touch $out
    '';
    nix-dead-code = pkgs.runCommand "nix-dead-code" { nativeBuildInputs = [ pkgs.deadnix ]; } ''
      deadnix --fail ${nixSources}
      touch $out
    '';
  };

  here = lib.filterAttrs (_: row: row.system == system) hosts.table;
  each =
    prefix: make: lib.mapAttrs' (name: row: lib.nameValuePair "${prefix}-${name}" (make name row)) here;
  machine = name: hosts.nixosConfigurations.${name};
  toplevels = each "system" (name: _: (machine name).config.system.build.toplevel);
  # That an image can be described is cheap to check; building a dozen images is not.
  images = each "image" (
    name: row:
    pkgs.writeText "image-${name}" (
      builtins.unsafeDiscardStringContext (machine name).config.system.build.${row.artefact}.drvPath
    )
  );

  # A kernel that was asked to be real-time must say so in the file that it was built from.
  realtime = name: _: lib.hasSuffix "-rt" (machine name).config.archibald.realtime.kernel.flavour;
  kernels = lib.mapAttrs' (
    name: _:
    lib.nameValuePair "kernel-${name}" (
      pkgs.runCommand "kernel-${name}" { } ''
        grep --fixed-strings --line-regexp CONFIG_PREEMPT_RT=y ${(machine name).config.boot.kernelPackages.kernel.configfile}
        touch $out
      ''
    )
  ) (lib.filterAttrs realtime here);

  nixFiles =
    folder:
    lib.mapAttrs' (file: _: lib.nameValuePair (lib.removeSuffix ".nix" file) (folder + "/${file}")) (
      lib.filterAttrs (file: _: lib.hasSuffix ".nix" file) (
        if builtins.pathExists folder then builtins.readDir folder else { }
      )
    );

  functions = import ./eval/functions.nix { nixpkgs = inputs.nixpkgs.outPath; };
  refused =
    file:
    let
      bad = import file;
    in
    !(builtins.tryEval
      ((machine bad.variant).extendModules { modules = [ bad.module ]; })
      .config.system.build.toplevel.drvPath
    ).success;
  accepted = lib.attrNames (lib.filterAttrs (_: file: !refused file) (nixFiles ./eval/bad-input));
  evaluation = {
    eval-functions = pkgs.runCommand "eval-functions" { } (
      if functions == [ ] then "touch $out" else throw "lib/: wrong values: ${builtins.toJSON functions}"
    );
    eval-bad-input = pkgs.runCommand "eval-bad-input" { } (
      if accepted == [ ] then
        "touch $out"
      else
        throw "accepted, but must be refused: ${lib.concatStringsSep ", " accepted}"
    );
  };

  # Calamares' own job, with our replacements and a person's answers, writes the configuration of a machine.
  replacements = import ../modules/installer/calamares/replacements.nix {
    inherit lib;
    prepareTarget = "/run/current-system/sw/bin/archibald-prepare-target";
    groups = [ "audio" ];
  };
  installer = {
    calamares = pkgs.runCommand "calamares" { nativeBuildInputs = [ pkgs.python3 ]; } ''
      python3 ${./scripts/calamares.py} ${pkgs.calamares-nixos-extensions.src}/modules/nixos/main.py \
        ${pkgs.writeText "replacements.json" (builtins.toJSON replacements)} \
        ${./scripts/calamares-answers.json} > $out
    '';
  };

  # A scenario is a function to the argument of runNixOSTest.
  scenario =
    file:
    pkgs.testers.runNixOSTest {
      imports = [
        (import file {
          inherit
            hosts
            inputs
            nixosModules
            pkgs
            ;
        })
      ];
      # musnix adds overlays, which the driver's shared package set forbids.
      node.pkgsReadOnly = false;
      defaults.imports = [ nixosModules.default ];
    };
  scenarios = lib.mapAttrs' (name: file: lib.nameValuePair "vm-${name}" (scenario file)) (
    nixFiles ./vm
  );
in
crates // style // toplevels // images // kernels // evaluation // installer // scenarios
