#!/bin/sh
# An update that sounds stays, and one that does not is undone: the real engine, a profile of links, nobody's restart. Sourced by
# main.sh.
mkdir -p /run/update/bin /run/update/one/bin /run/update/two/bin
for program in bin/systemctl one/bin/switch-to-configuration two/bin/switch-to-configuration; do
  printf '#!/bin/sh\necho "$0 $*" >> /run/update/calls\n' > /run/update/$program
  chmod 755 /run/update/$program
done
ln -s /run/update/one /run/update/system-1-link
ln -s /run/update/two /run/update/system-2-link
ln -s system-2-link /run/update/system
trial() { # SECONDS
  echo '{"phase":"trial","from":1,"to":2,"boots":0}' > /run/update/state.json
  PATH=/run/update/bin:$PATH /nix/store/archibald-update*/bin/archibald-update judge --within "$1" \
    --profile /run/update/system --state /run/update/state.json --engine $socket
}
check update.sounds-and-stays trial 20
check update.not-undone test ! -e /run/update/calls
systemctl stop mod-host
trial 3
check update.silent-is-undone grep -q 'one/bin/switch-to-configuration boot' /run/update/calls
check update.starts-anew grep -q 'systemctl reboot' /run/update/calls
check update.profile-returns test "$(readlink /run/update/system)" = system-1-link
systemctl start mod-host
