#!/usr/bin/env bash
# What the installers' scripts refuse, and what they leave in etc/nixos. Needs only bash, coreutils, grep and lsblk;
# formats nothing. Usage: checks/scripts/installer.sh (from anywhere). Prints one line per promise.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scripts=$here/../../modules/installer
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

refuses() { # PROMISE PART-OF-THE-MESSAGE ARGUMENT…
  local promise=$1 part=$2 output
  shift 2
  if output=$(bash -euo pipefail "$scripts/archibald-install.sh" "$@" 2>&1); then
    echo "FAIL $promise: was accepted"
    failed=1
  elif [[ $output == *"$part"* ]]; then
    echo "ok   $promise"
  else
    echo "FAIL $promise: said '$output'"
    failed=1
  fi
}
expect() { # PROMISE EXPECTED ACTUAL
  if [ "$2" = "$3" ]; then
    echo "ok   $1"
  else
    echo "FAIL $1: expected '$2', got '$3'"
    failed=1
  fi
}

echo "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake me@here" > "$work/key.pub"
echo "-----BEGIN OPENSSH PRIVATE KEY-----" > "$work/key"
touch "$work/plain-file"

refuses "no disk is named" "which disk"
refuses "an unknown option" "unknown option --force" --disk /dev/null --force
refuses "an option without its value" "--hostname needs a value" --disk /dev/null --hostname
refuses "an unknown variant" "there are archibaldOS and archibaldOS-server" --disk /dev/null --variant pedal
refuses "a host name that would end the Nix string" "not a host name" --disk /dev/null --hostname 'a"; b = "c'
refuses "a login name with a path" "not a login name" --disk /dev/null --user ../root
refuses "root as the account" "no account for a person" --disk /dev/null --user root
refuses "a server without a key" "give --ssh-key" --disk /dev/null --variant archibaldOS-server
refuses "another account on the server" "called admin" --disk /dev/null --variant archibaldOS-server --user bob --ssh-key "$work/key.pub"
refuses "a private key in place of the public one" "give the .pub file" --disk /dev/null --ssh-key "$work/key"
refuses "a password file that is not there" "cannot read" --disk /dev/null --password-file "$work/none"
printf '\nsecond line\n' > "$work/empty"
refuses "a password file without a password" "first line of $work/empty is empty" --disk /dev/null --password-file "$work/empty"
refuses "a disk password file without one" "first line of $work/empty is empty" --disk /dev/null --disk-password-file "$work/empty"
refuses "a file in place of a disk" "is not a disk" --disk "$work/plain-file"
refuses "a character device" "is not a disk" --disk /dev/null

mkdir -p "$work/source" && echo "{ }" > "$work/source/flake.nix" && chmod -R a-w "$work/source"
prepare() { # CPUS WAY ROOT
  CPU_COUNT=$1 FLAKE_SOURCE=$work/source MACHINE_FLAKE=$scripts/target/flake.nix \
    bash -euo pipefail "$scripts/prepare-target.sh" "$3" "$2"
}
prepare 8 partitions-by-label "$work/a"
machine=$work/a/etc/nixos/machine.nix
expect "8 CPUs are written down" 1 "$(grep -c 'cpuCount = 8;' "$machine")"
expect "8 CPUs: 1 to 3 for audio" 1 "$(grep -c 'audioCores = \[ 1 2 3 \];' "$machine")"
expect "the installer's own labels are used" 1 "$(grep -c 'archibald.disk.enable = true;' "$machine")"
expect "the copy of the flake can be edited" yes "$([ -w "$work/a/etc/nixos/archibald/flake.nix" ] && echo yes)"
expect "the machine's flake is there" yes "$([ -s "$work/a/etc/nixos/flake.nix" ] && echo yes)"
prepare 8 partitions-by-label "$work/a"
expect "a second run changes nothing" 1 "$(grep -c 'cpuCount = 8;' "$machine")"
prepare 3 partitions-by-hardware-scan "$work/b"
expect "3 CPUs: 1 and 2 for audio" 1 "$(grep -c 'audioCores = \[ 1 2 \];' "$work/b/etc/nixos/machine.nix")"
expect "Calamares' partitions are left to the hardware scan" 1 "$(grep -c 'archibald.disk.enable = false;' "$work/b/etc/nixos/machine.nix")"
prepare 2 partitions-by-label "$work/c"
expect "2 CPUs: none set aside" 1 "$(grep -c 'audioCores = \[ \];' "$work/c/etc/nixos/machine.nix")"

resources() { # USED-MIB SECONDS*10
  printf 'MemTotal: %d kB\nMemAvailable: %d kB\n' $((4000 * 1024)) $(((4000 - $1) * 1024)) > "$work/meminfo"
  MEMINFO=$work/meminfo TIMES=$'LoaderTimestampMonotonic=2000000\nFinishTimestampMonotonic='$(($2 * 100000 - 2000000)) \
    GOAL_MEMORY_MIB=1024 GOAL_BOOT_SECONDS=20 bash -euo pipefail "$here/../../modules/resources/resources.sh"
}
expect "goals met" "memory in use: 1024 MiB, goal 1024 MiB: ok" "$(resources 1024 200 | head -n 1)"
expect "a slow boot is told" "boot time: 20.1 s, goal 20 s: missed" "$(resources 500 201 | tail -n 1)"
resources 1025 100 > /dev/null && code=0 || code=$?
expect "too much memory is a failure" 1 "$code"
exit "$failed"
