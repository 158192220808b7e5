# A build on a core that is kept for audio.
# Remedy: archibald.buildLimits.buildCores
{
  variant = "archibaldOS";
  module = {
    archibald.buildLimits = {
      enable = true;
      buildCores = [
        0
        3
      ];
    };
  };
}
