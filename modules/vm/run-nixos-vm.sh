# Runs the image in QEMU: on the bridge br0 where there is one, else behind QEMU's own network with ports forwarded. What
# the guest writes goes into an overlay file; delete it to start afresh.
disk=${ARCHIBALD_VM_DISK:-$PWD/archibaldOS-vm.qcow2}
bridge=${ARCHIBALD_VM_BRIDGE:-br0}
helper=/run/wrappers/bin/qemu-bridge-helper

if [ "${1-}" = --help ]; then
  echo "usage: run-nixos-vm [QEMU ARGUMENT…]"
  echo "  ARCHIBALD_VM_DISK    overlay file for what the guest writes (now $disk)"
  echo "  ARCHIBALD_VM_BRIDGE  bridge to join (now $bridge)"
  echo "Without the bridge the guest finds this machine at 192.168.122.254, not at 192.168.122.1."
  exit 0
fi
if [ ! -e "$disk" ]; then
  qemu-img create -q -f qcow2 -b "$image" -F qcow2 "$disk"
fi

arguments=(-machine q35 -smp "$cores" -m "$memory" -nographic -device virtio-rng-pci
  -drive "file=$disk,if=virtio,format=qcow2,cache=writeback")
if [ -w /dev/kvm ]; then
  arguments+=(-accel kvm -cpu host)
else
  echo "run-nixos-vm: /dev/kvm is not usable; the guest is emulated, and its timing means nothing" >&2
fi
if [ -d "/sys/class/net/$bridge/bridge" ] && [ -x "$helper" ]; then
  arguments+=(-netdev "bridge,id=net0,br=$bridge,helper=$helper")
else
  echo "run-nixos-vm: no bridge $bridge; SSH is on port 2222 of this machine" >&2
  # QEMU's network is told to be the one that the guest expects, whose gateway and name server is 192.168.122.1. QEMU wants two
  # addresses for itself and its name server; it forwards whatever it is sent, so the second one serves as the gateway too.
  arguments+=(-netdev "user,id=net0,net=192.168.122.0/24,host=192.168.122.254,dns=192.168.122.1,hostfwd=tcp:127.0.0.1:2222-192.168.122.2:22,hostfwd=tcp:127.0.0.1:4713-192.168.122.2:4713,hostfwd=tcp:127.0.0.1:8080-192.168.122.2:8080")
fi
arguments+=(-device "virtio-net-pci,netdev=net0")
exec qemu-system-x86_64 "${arguments[@]}" "$@"
