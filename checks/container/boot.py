"""The image of the container, and its boots."""

import os
import shutil
import signal
import subprocess
import time

from disk import run

# What is not started: it has nothing to do with the disk, or needs what a container has not.
MASKED = """mod-ui mod-amidithru archibald-dry-through archibald-sound-interrupts vm-cable wifi-check NetworkManager
wpa_supplicant systemd-logind getty@tty1 console-getty systemd-udevd systemd-networkd systemd-sysctl""".split()
# What a run of pieces needs all the same.
CHAIN = "mod-ui mod-amidithru archibald-dry-through".split()
CONF = """WIFI_SSID="My Home"
WIFI_PASSWORD="correct horse"
SSH_AUTHORIZED_KEY="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ guitarist@laptop"
HOSTNAME=stage-left
TIMEZONE='Mars Base'
USER_PASSWORD='hushhush'
JACK_PERIOD=1024
"""

START = r"""
set -e
mount --make-rprivate /
mount -o noatime "$1" "$2"
mount -t proc proc "$2/proc"; mount -t sysfs -o ro sysfs "$2/sys"; mount -t cgroup2 cgroup2 "$2/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$2/run"; mount -t tmpfs -o mode=755 tmpfs "$2/dev"
mkdir "$2/dev/shm" "$2/dev/pts" "$2/dev/snd"
mount -t tmpfs -o mode=1777 tmpfs "$2/dev/shm"; mount -t devpts -o newinstance,ptmxmode=666 devpts "$2/dev/pts"
ln -s pts/ptmx "$2/dev/ptmx"
mknod -m 666 "$2/dev/null" c 1 3; mknod -m 666 "$2/dev/zero" c 1 5; mknod -m 666 "$2/dev/full" c 1 7
mknod -m 666 "$2/dev/random" c 1 8; mknod -m 666 "$2/dev/urandom" c 1 9; mknod -m 666 "$2/dev/tty" c 5 0
touch "$2/dev/console" "$2/dev/ttyS0"
mount --bind "$3/serial" "$2/dev/ttyS0"; mount --bind "$3/cmdline" "$2/proc/cmdline"
# The test's script switches its machine off by it, and this would be the host.
if [ -e "$2/proc/sysrq-trigger" ]; then mount --bind /dev/null "$2/proc/sysrq-trigger"; fi
exec chroot "$2" env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=0
"""


class Boot:
    """The units, from the mount of the root file system on."""

    def __init__(self, work, device, words):
        self.serial = f"{work}/serial"
        open(self.serial, "w").close()
        with open(f"{work}/cmdline", "w") as file:
            file.write(words + "\n")
        root = f"{work}/root"
        os.makedirs(root, exist_ok=True)
        group = f"{work}/cgroup"
        os.makedirs(group, exist_ok=True)
        if not os.path.ismount(group):
            run("mount", "-t", "cgroup2", "cgroup2", group)
        self.groups = group
        self.group = f"{group}/archibald-cuts-{os.getpid()}"
        os.makedirs(self.group, exist_ok=True)
        enter = lambda: open(f"{self.group}/cgroup.procs", "w").write(str(os.getpid()))
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--fork", "--kill-child",
             "bash", "-c", START, "start", device, root, work],
            stdin=subprocess.DEVNULL, stdout=open(f"{work}/start.log", "w"), stderr=subprocess.STDOUT,
            preexec_fn=enter, start_new_session=True)

    def lines(self):
        text = open(self.serial, errors="replace").read()
        return [line[3:].strip() for line in text.split("\n")[:-1] if line.startswith("VM ")]

    def kill(self):
        # The first process of the name space is killed with unshare, and takes all others along.
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for _ in range(200):
            if not open(f"{self.group}/cgroup.events").read().startswith("populated 1"):
                # systemd's own groups are below it, the deepest last.
                for folder, _, _ in os.walk(self.group, topdown=False):
                    os.rmdir(folder)
                run("umount", self.groups)
                return
            time.sleep(0.05)
        raise SystemExit("processes of the container outlive it")


def prepare(root, image, masked, dummy=True):
    """The image: the folder as it is, with what a container needs otherwise."""
    tree = image + ".tree"
    shutil.rmtree(tree, ignore_errors=True)
    run("cp", "-a", root, tree)
    units = f"{tree}/etc/systemd/system"
    for name in os.listdir(units):
        path = f"{units}/{name}"
        if os.path.isfile(path) and not os.path.islink(path):
            text = open(path).read()
            # This machine may have fewer cores than a pedal.
            open(path, "w").write("\n".join(line for line in text.split("\n") if not line.startswith("CPUAffinity=")))
    for name in masked:
        path = f"{units}/{name}.service"
        if os.path.lexists(path):
            os.remove(path)
        os.symlink("/dev/null", path)
    open(f"{tree}/etc/fstab", "w").close()
    with open(f"{tree}/boot/firmware/pistomp.conf", "w") as file:
        file.write(CONF)
    if dummy:
        with open(f"{tree}/etc/default/jack", "a") as file:
            file.write("JACK_DRIVER=dummy\n")
    if os.path.exists(image):
        os.remove(image)
    run("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", tree, image, "768M")
    shutil.rmtree(tree)
