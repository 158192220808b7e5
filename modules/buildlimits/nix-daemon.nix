# How much the Nix daemon and the builds below it may take: jobs, cores, memory, temporary space. A build that hits the
# memory cap is throttled, then killed, instead of the machine standing still.
{ config, lib, ... }:
let
  cfg = config.archibald.buildLimits;
  size = lib.types.strMatching "[1-9][0-9]*(K|M|G|T|%)";
in
{
  options.archibald.buildLimits = {
    enable = lib.mkEnableOption "limits that keep builds from freezing a small machine";

    maxJobs = lib.mkOption {
      type = lib.types.ints.unsigned;
      default = 2;
      example = 1;
      description = ''
        Builds at the same time (0: none here, only on remote builders). Each may need several gigabytes; one job
        instead of four takes up to four times as long.
      '';
    };

    coresPerJob = lib.mkOption {
      type = lib.types.ints.unsigned;
      default = 2;
      example = 1;
      description = "Compiler processes within one build (0: all cores). A C++ process takes 0.5–2 GB, so jobs × cores bounds the memory.";
    };

    memoryHigh = lib.mkOption {
      type = lib.types.nullOr size;
      default = "70%";
      example = "6G";
      description = ''
        Memory from which builds are slowed down and swapped out: K, M, G, T or per cent of the machine; null for no
        bound.
      '';
    };

    memoryMax = lib.mkOption {
      type = lib.types.nullOr size;
      default = "85%";
      example = "8G";
      description = "Memory at which a process of the build is killed; null for no bound. Swap is not counted.";
    };

    cpuWeight = lib.mkOption {
      type = lib.types.ints.between 1 10000;
      default = 20;
      example = 50;
      description = ''
        Share of the CPU against everything else (1–10000, others have 100). 20: builds yield to the desktop and use
        all of it when nobody else wants it.
      '';
    };

    temporaryFolder = lib.mkOption {
      type = lib.types.nullOr (lib.types.strMatching "/.*");
      default = null;
      example = "/var/tmp/nix-builds";
      description = ''
        Folder for files of running builds, also set as `NIX_BUILD_TMPDIR`. Must have room for the largest build (a
        kernel: 15–30 GB). Null keeps Nix's own folder below /nix/var.
      '';
    };

    tmpOnDisk = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Keep /tmp on the disk. On a RAM disk it is faster and takes memory from the builds.";
    };

    earlyOomKiller = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        Run earlyoom: when less than a tenth of memory and of swap is left, it ends the largest process, builds first,
        seconds before the kernel would let everything stand still. Costs 2 MB.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    nix.settings = {
      max-jobs = lib.mkDefault cfg.maxJobs;
      cores = lib.mkDefault cfg.coresPerJob;
      build-dir = lib.mkIf (cfg.temporaryFolder != null) (lib.mkDefault cfg.temporaryFolder);
    };
    systemd.services.nix-daemon = {
      serviceConfig = {
        MemoryAccounting = true;
        MemoryHigh = lib.mkIf (cfg.memoryHigh != null) (lib.mkDefault cfg.memoryHigh);
        MemoryMax = lib.mkIf (cfg.memoryMax != null) (lib.mkDefault cfg.memoryMax);
        CPUWeight = lib.mkDefault cfg.cpuWeight;
        # The killer should hit a build, not the sound server.
        OOMScoreAdjust = lib.mkDefault 500;
      };
      environment = lib.mkIf (cfg.temporaryFolder != null) { TMPDIR = cfg.temporaryFolder; };
    };
    environment.variables = lib.mkIf (cfg.temporaryFolder != null) {
      NIX_BUILD_TMPDIR = cfg.temporaryFolder;
    };
    systemd.tmpfiles.settings."10-archibald-builds" = lib.mkIf (cfg.temporaryFolder != null) {
      ${cfg.temporaryFolder}.d = {
        mode = "0755";
        user = "root";
        group = "root";
      };
    };
    boot.tmp.useTmpfs = lib.mkIf cfg.tmpOnDisk (lib.mkDefault false);
    services.earlyoom = lib.mkIf cfg.earlyOomKiller {
      enable = lib.mkDefault true;
      freeMemThreshold = lib.mkDefault 10;
      freeSwapThreshold = lib.mkDefault 10;
      extraArgs = [
        "--prefer"
        "^(cc1plus|cc1|rustc|ld|nix|nix-daemon)$"
        "--avoid"
        "^(pipewire|wireplumber|jackd|archibald-engine|pedald)$"
      ];
    };
  };
}
