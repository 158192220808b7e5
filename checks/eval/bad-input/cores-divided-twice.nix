# Cores named in the configuration and divided at boot as well.
# Remedy: archibald.realtime.partitionAtBoot.enable
{
  variant = "archibaldOS";
  module = {
    archibald.realtime.partitionAtBoot.enable = true;
  };
}
