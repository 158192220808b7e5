{
  inputs.archibald.url = "github:ALH477/ArchibaldOS";
  outputs = inputs: {
    nixosConfigurations.studio = inputs.archibald.inputs.nixpkgs.lib.nixosSystem {
      modules = [
        inputs.archibald.nixosModules.default
        ./hardware-configuration.nix # from nixos-generate-config; beside this file, since a flake sees nothing else
        {
          archibald.base.enable = true;
          archibald.users.audioUser.enable = true;
          archibald.realtime.enable = true;
          archibald.audio.server = "pipewire";
          archibald.audio.quantumFrames = 64;
          system.stateVersion = "26.05";
        }
      ];
    };
  };
}
