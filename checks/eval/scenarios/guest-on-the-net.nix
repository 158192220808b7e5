# The host lets its guest out: address translation, and answers to questions for names on the bridge.
{
  variant = "archibaldOS-vm-host";
  module.archibald.vm.host.uplink = "enp3s0";
}
