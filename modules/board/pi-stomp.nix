# The pi-Stomp boards on top of a Raspberry Pi: sound codec, display and ADC on SPI, MIDI on the serial port. Pin numbers
# are BCM numbers. The overlays are loaded by the firmware from config.txt, in this order.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.archibald.board.piStomp;
  inherit (config.archibald.board.raspberryPi) model;
  hasProfile = options.hardware ? raspberry-pi;

  # Overlay → ALSA card.
  codecs = {
    iqaudio-codec = "IQaudIOCODEC";
    audioinjector-wm8731-audio = "audioinjectorpi";
    hifiberry-dacplusadc = "sndrpihifiberry";
  };

  bluetoothAside = lib.optional cfg.serialMidi { miniuart-bt = { }; };
  midi = lib.optional cfg.serialMidi { midi-uart0 = { }; };
  # The LED strip of the Tre, as /dev/leds0. The kernel's driver needs the I/O processor of a Pi 5.
  strip = lib.optional (cfg.version == "3.0") {
    ws2812-pio = {
      gpio = 13;
      num_leds = 6;
    };
  };
  # Chip select 0 goes to a pin without a use, so that GPIO 8, the display's, stays free for our program.
  chipSelects = unused: [
    {
      spi0-2cs = {
        cs0_pin = unused;
        cs1_pin = 7;
      };
    }
  ];
in
{
  options.archibald.board.piStomp = {
    enable = lib.mkEnableOption "the pi-Stomp board: codec, SPI display and ADC, serial MIDI";

    version = lib.mkOption {
      type = lib.types.enum [
        "2.0"
        "3.0"
      ];
      default = if model == 3 then "2.0" else "3.0";
      defaultText = lib.literalMD ''"2.0" on a Raspberry Pi 3, else "3.0"'';
      description = "Hardware version of the board: 2.0 is the Core with three knobs, 3.0 the Tre with encoders and LED strip.";
    };

    codec = lib.mkOption {
      type = lib.types.enum (lib.attrNames codecs);
      default = "iqaudio-codec";
      description = "Device tree overlay of the sound codec.";
    };

    card = lib.mkOption {
      type = lib.types.str;
      readOnly = true;
      default = codecs.${cfg.codec};
      defaultText = lib.literalMD "the ALSA card that belongs to the codec, `IQaudIOCODEC`";
      description = "Name of the sound card.";
    };

    serialMidi = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = ''
        MIDI on GPIO 14 (out) and 15 (in). The serial port is then no console, and Bluetooth moves to the slow port. On
        a Pi 3 all pins are taken: GPIO 14 is given to SPI as an unused chip select, so MIDI out does not work there.
      '';
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        archibald.board.raspberryPi.serialConsole = lib.mkIf cfg.serialMidi (lib.mkDefault false);
        archibald.pedal.jack.device = lib.mkDefault "hw:${cfg.card}";
        # A full frame of the display, 153,600 bytes, in one transfer.
        boot.kernelParams = [ "spidev.bufsiz=163840" ];
        # The codec is card 0 whatever is plugged in by USB.
        boot.extraModprobeConfig = ''
          options snd_soc_iqaudio_codec index=0
          options snd_usb_audio index=1,2,3,4
        '';
        hardware.alsa.enablePersistence = lib.mkDefault true;
        hardware.bluetooth.enable = lib.mkDefault false;
      }
      (lib.optionalAttrs hasProfile {
        hardware.raspberry-pi.configtxt = {
          settings.all = {
            dtparam = [
              "i2c_arm=on"
              "i2s=on"
              "spi=on"
              "audio=off"
            ];
            gpu_mem = 16;
            disable_splash = true;
            camera_auto_detect = false;
            display_auto_detect = false;
          };
          deviceTreeOverlays = {
            all = [
              { ${cfg.codec} = { }; }
              { dwc2.dr_mode = "host"; }
            ];
            pi3 = bluetoothAside ++ midi ++ chipSelects 14;
            pi4 = bluetoothAside ++ midi ++ chipSelects 0;
            pi5 = midi ++ chipSelects 0 ++ strip;
          };
        };
      })
    ]
  );
}
