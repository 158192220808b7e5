# Which program owns the sound card, and how much it takes at once. Two owners fight for the card and one of them is
# silent, so the second is an error here and not a riddle at the first concert.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.archibald.audio;
  isPowerOfTwo = number: number == 1 || (lib.mod number 2 == 0 && isPowerOfTwo (number / 2));
  wrong = lib.filter (frames: !isPowerOfTwo frames);
  frames = cfg.quantumFrames;
in
{
  options.archibald.audio = {
    server = lib.mkOption {
      type = lib.types.nullOr (
        lib.types.enum [
          "pipewire"
          "jack"
        ]
      );
      default = null;
      example = "pipewire";
      description = ''
        - `pipewire`: one server for desktop sound, JACK and PulseAudio programs; runs in the user's session.
        - `jack`: jackd alone, for machines with one purpose. Desktop programs reach it through ALSA only.
        - null: none; another module (a pedal, a server without sound) decides.
      '';
    };

    sampleRate = lib.mkOption {
      type = lib.types.enum [
        44100
        48000
        88200
        96000
        176400
        192000
      ];
      default = 48000;
      example = 96000;
      description = ''
        Sample rate in hertz. A period of the same number of frames lasts half as long at twice the rate, so latency
        halves and the load on CPU and USB doubles.
      '';
    };

    quantumFrames = lib.mkOption {
      type = lib.types.ints.between 16 8192;
      default = if pkgs.stdenv.hostPlatform.isx86 then 64 else 128;
      defaultText = lib.literalMD "64 on x86, 128 on ARM";
      example = 32;
      description = ''
        Frames that the server processes at once (16–8192, a power of two). 64 frames at 48 kHz are 1.33 ms; sound
        takes at least one period in and two out, plus the converters. Halving it halves that time and leaves half the
        time for late interrupts: 32 wants a tuned PREEMPT_RT machine, ARM boards want 128 or 256.
      '';
    };

    owners = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      internal = true;
      description = "Options that give the sound card to a server; more than one entry fails.";
    };
  };

  config = {
    archibald.audio.owners =
      lib.optional (
        config.services.pipewire.enable && config.services.pipewire.audio.enable
      ) "services.pipewire.audio.enable"
      ++ lib.optional config.services.jack.jackd.enable "services.jack.jackd.enable";

    assertions = [
      {
        assertion = lib.length (lib.unique cfg.owners) < 2;
        message = ''
          Two sound servers want the same card: ${lib.concatStringsSep " and " (lib.unique cfg.owners)}. Keep one:
          choose it with archibald.audio.server and set the other option to false.
        '';
      }
      {
        assertion = wrong [ frames ] == [ ];
        message = ''
          archibald.audio.quantumFrames is ${toString frames}, but the servers need a power of two. Use 32, 64, 128 or
          256.
        '';
      }
    ];

    boot.kernelModules = lib.mkIf (cfg.server != null) [ "snd_usb_audio" ];
  };
}
