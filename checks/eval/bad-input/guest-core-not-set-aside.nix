# A virtual CPU on a core that the host uses itself.
# Remedy: archibald.realtime.audioCores
{
  variant = "archibaldOS-vm-host";
  module.archibald.vm.host.guest.cores = [ 1 ];
}
