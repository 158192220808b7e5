# The groups named by the seeds exist and mean something: NixOS creates `jackaudio` only with its own JACK module and
# `realtime` never, so membership would be a name without effect. Their limits are set in ../realtime/limits.nix.
{ config, lib, ... }:
let
  users = config.archibald.users;
in
{
  imports = [ ../realtime ];

  options.archibald.users.audioGroups = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [
      "audio"
      "jackaudio"
      "realtime"
      "pipewire"
      "video"
    ];
    example = [
      "audio"
      "video"
    ];
    description = ''
      Groups of the accounts that make music. `audio` and `realtime` carry the real-time limits (SCHED_FIFO up to 95,
      locked memory), `pipewire` those of PipeWire's own module, `jackaudio` the JACK socket, `video` the GPU.
      A member can take a whole CPU core from everybody else.
    '';
  };

  # On machines with real-time audio also without an account of ours: an installer may have made another one.
  config =
    lib.mkIf (users.audioUser.enable || users.live.enable || config.archibald.realtime.enable)
      {
        users.groups = {
          jackaudio = { };
          realtime = { };
          pipewire = { };
        };
      };
}
