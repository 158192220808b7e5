#!/usr/bin/env python3
"""The pedal's units in a container: the power is cut again and again, or pieces of the long run of `cargo xtask vm` are tried.

The root folder that `cargo xtask vm` makes (Debian with the generated units and our programs) is booted by its own systemd in name
spaces of this machine's kernel: in seconds, where a machine made of software needs minutes. Its root file system is a real ext4 on a
loop device; below the device is a file of a small FUSE server in here, which sees every write and every flush. The power goes at a
random write, since at a random moment nearly always everything is flushed: from that write on the server takes no more, every process is
killed, and of the writes since the last flush each is kept or forgotten by a coin.

What it is not: the real-time kernel of the machine, and a sound card (JACK runs on its dummy driver). Needs root, FUSE and loop devices.

usage: run.py ROOT-FOLDER [--cuts 20 | --pieces NAME,…] [--work DIR] [--seed N]
"""

import argparse
import errno
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time

# What is not started: it has nothing to do with the disk, or needs what a container has not.
MASKED = """mod-ui mod-amidithru archibald-dry-through archibald-sound-interrupts codec-mixer vm-cable wifi-check NetworkManager
wpa_supplicant systemd-logind getty@tty1 console-getty systemd-udevd systemd-networkd systemd-sysctl""".split()
# What a run of pieces needs all the same.
CHAIN = "mod-ui mod-amidithru archibald-dry-through".split()
# Checks of what a container has not: cores of its own, real-time priorities, radios.
ABSENT = ("chain.cores", "chain.server-priority", "chain.engine-priority", "provision.wifi-known")
CONF = """WIFI_SSID="My Home"
WIFI_PASSWORD="correct horse"
SSH_AUTHORIZED_KEY="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ guitarist@laptop"
HOSTNAME=stage-left
TIMEZONE='Mars Base'
USER_PASSWORD='hushhush'
JACK_PERIOD=1024
"""
WHOLE = "provisioned stage-left period 1024 bundle whole"


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class Disk:
    """A file that remembers what it held before each write that was not flushed; served to the kernel as the only file of a FUSE."""

    def __init__(self, image, mountpoint):
        self.image, self.mountpoint = image, mountpoint
        self.lock = threading.Lock()
        self.pending, self.alive, self.flushes = [], False, 0

    def power_on(self):
        self.file = os.open(self.image, os.O_RDWR)
        self.size = os.fstat(self.file).st_size
        self.pending, self.alive, self.writes, self.last = [], True, 0, None
        self.fuse = os.open("/dev/fuse", os.O_RDWR)
        open(self.mountpoint, "a").close()
        # The root of this file system is a plain file.
        options = "fd=0,rootmode=100600,user_id=0,group_id=0,max_read=131072"
        subprocess.run(["mount", "-i", "-t", "fuse", "-o", options, "disk", self.mountpoint], stdin=self.fuse, check=True)
        self.thread = threading.Thread(target=self.serve, args=(self.fuse,), daemon=True)
        self.thread.start()
        self.loop = run("losetup", "--find", "--show", self.mountpoint)
        return self.loop

    def cut_after(self, writes):
        """So many more writes, and nothing reaches the disk any more."""
        with self.lock:
            self.last = self.writes + writes

    def cut(self):
        with self.lock:
            self.alive = False

    def power_off(self, coin):
        subprocess.run(["losetup", "--detach", self.loop], check=False)
        subprocess.run(["umount", "-l", self.mountpoint], check=False)
        os.close(self.fuse)
        for offset, old, _ in reversed(self.pending):
            os.pwrite(self.file, old, offset)
        lost = 0
        for offset, _, new in self.pending:
            if coin():
                os.pwrite(self.file, new, offset)
            else:
                lost += 1
        os.close(self.file)
        return len(self.pending), lost

    def serve(self, fuse):
        while True:
            try:
                request = os.read(fuse, 1 << 20)
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                return
            _, opcode, unique, _ = struct.unpack_from("<IIQQ", request)
            answer = self.answer(opcode, request[40:])
            if answer is None:
                continue
            code, data = answer
            try:
                os.write(fuse, struct.pack("<IiQ", 16 + len(data), -code, unique) + data)
            except OSError:
                pass

    def attributes(self):
        return struct.pack("<QQQQQQIIIIIIIIII", 1, self.size, self.size // 512, 0, 0, 0, 0, 0, 0, 0o100600, 1, 0, 0, 0, 4096, 0)

    def answer(self, opcode, body):
        if opcode == 26:  # INIT
            return 0, struct.pack("<IIIIHHIIHHI7I", 7, 31, 131072, 0, 16, 12, 131072, 1, 32, 0, 0, *[0] * 7)
        if opcode in (3, 4):  # GETATTR, SETATTR
            return 0, struct.pack("<QII", 3600, 0, 0) + self.attributes()
        if opcode == 14:  # OPEN, past the page cache
            return 0, struct.pack("<QII", 1, 1, 0)
        if opcode == 15:  # READ
            _, offset, size = struct.unpack_from("<QQI", body)
            with self.lock:
                return 0, os.pread(self.file, size, offset)
        if opcode == 16:  # WRITE
            _, offset, size = struct.unpack_from("<QQI", body)
            new = body[40:40 + size]
            with self.lock:
                if not self.alive:
                    return errno.EIO, b""
                self.pending.append((offset, os.pread(self.file, size, offset), new))
                os.pwrite(self.file, new, offset)
                self.writes += 1
                if self.writes == self.last:
                    self.alive = False
            return 0, struct.pack("<II", size, 0)
        if opcode == 20:  # FSYNC
            with self.lock:
                if not self.alive:
                    return errno.EIO, b""
                self.pending.clear()
                self.flushes += 1
            return 0, b""
        if opcode in (18, 25):  # RELEASE, FLUSH
            return 0, b""
        if opcode == 17:  # STATFS
            return 0, struct.pack("<QQQQQIIII6I", 0, 0, 0, 1, 0, 4096, 255, 4096, 0, *[0] * 6)
        if opcode in (2, 36, 42):  # FORGET, INTERRUPT, BATCH_FORGET
            return None
        return errno.ENOSYS, b""


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


def wait(boot, disk, moment, usual):
    """Until the power is gone; how many writes the boot took until the chain was up."""
    kind, boards, after = moment
    begin, up, armed = time.monotonic(), None, False
    if kind == "early":
        disk.cut_after(1 + int(usual * after))
    while True:
        lines = boot.lines()
        failed = [line for line in lines if line.startswith("failed")]
        if disk.alive and (failed or boot.process.poll() is not None):
            raise SystemExit(f"{failed or 'the container ended'}; see serial and start.log")
        if up is None and any(line.startswith("board ") for line in lines):
            up = disk.writes
        if not disk.alive or kind == "look" and up:
            return up or usual
        if kind == "late" and not armed and up and sum(line.startswith("safe ") for line in lines) >= boards:
            armed = True
            disk.cut_after(after)
        if time.monotonic() - begin > 300:
            raise SystemExit("the chain does not come up, or nothing is written, within 300 s; see serial and start.log")
        time.sleep(0.005)


def tried(options, disk, words):
    """What one boot checked by itself."""
    boot = Boot(options.work, disk.power_on(), words)
    begin, ended = time.monotonic(), False
    try:
        while not ended and boot.process.poll() is None and time.monotonic() - begin < 600:
            ended = any(line.startswith(("end ", "failed ")) for line in boot.lines())
            time.sleep(0.2)
    finally:
        disk.cut()
        boot.kill()
        disk.power_off(lambda: True)
    lines = [line for line in boot.lines() if line.startswith(("check ", "told ", "failed "))]
    return lines if ended else lines + ["failed: the boot did not come to its end"]


def pieces(options, image):
    """Boots that try pieces of the long run of `cargo xtask vm`, and what came out."""
    names = options.pieces.split(",")
    prepare(options.root, image, [name for name in MASKED if name not in CHAIN], "nocard" not in names)
    disk = Disk(image, f"{options.work}/disk")
    chain = [name for name in names if name not in ("nocard", "second")]
    lines = []
    if "nocard" in names:
        lines += tried(options, disk, "vm.test=nocard")
    if chain:
        lines += tried(options, disk, f"vm.test=chain vm.pieces={','.join(chain)}")
    if "second" in names:
        lines += tried(options, disk, "vm.test=second")
    good = lambda line: line.startswith("told ") or line.split()[2:3] == ["passed"] or line[6:].startswith(ABSENT)
    bad = [line for line in lines if not good(line)]
    print("\n".join(lines))
    print(f"{sum(line.startswith('check ') for line in lines)} checks, {len(bad)} failed")
    sys.exit(1 if bad or not lines else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root")
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--work", default="/tmp/archibald-cuts")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--pieces", help="try these pieces of the long run in place of cuts: restart,period,disk,update,second, or nocard by itself")
    options = parser.parse_args()
    coin = random.Random(options.seed)
    os.makedirs(options.work, exist_ok=True)
    image = f"{options.work}/root.img"
    if options.pieces:
        pieces(options, image)
    prepare(options.root, image, MASKED)
    disk = Disk(image, f"{options.work}/disk")
    # Writes of a boot until the chain is up, at first a guess.
    allowed, usual = [], 300
    early = up = lost_boards = lost_writes = all_writes = 0
    for cut in range(options.cuts + 1):
        if cut == options.cuts:
            moment = ("look", 0, 0)
        elif cut % 3 == 0:
            moment = ("early", 0, coin.random())
        else:
            moment = ("late", coin.randint(1, 4), coin.randint(1, 60))
        begin = time.monotonic()
        boot = Boot(options.work, disk.power_on(), f"vm.test=cut vm.number={coin.randrange(50)}")
        try:
            usual = wait(boot, disk, moment, usual)
        finally:
            disk.cut()
            boot.kill()
            writes, lost = disk.power_off(lambda: coin.random() < 0.5)
        all_writes, lost_writes = all_writes + writes, lost_writes + lost
        lines = boot.lines()
        found = next((line[6:] for line in lines if line.startswith("board ")), None)
        print(f"cut {cut} after {time.monotonic() - begin:.1f} s: {found or 'before the chain was up'}; "
              f"{lost} of {writes} unflushed writes forgotten", flush=True)
        if found is None:
            early += 1
            continue
        up += 1
        try:
            gain = float(found.split()[0])
        except ValueError:
            gain = None
        if allowed and (gain is None or all(abs(gain - other) > 0.01 for other in allowed)):
            lost_boards += 1
            print(f"cut {cut}: board {found}, allowed {allowed}")
        allowed = [] if gain is None else [gain]
        for line in lines:
            word, _, value = line.partition(" ")
            if word == "safe":
                allowed = [float(value)]
            elif word == "asked":
                allowed.append(float(value))
        if WHOLE not in found:
            raise SystemExit(f"after {cut} power cuts provisioning is incomplete: {found}")
    print(f"{options.cuts} cuts ({early} before the chain was up), {up} boots looked at, {lost_writes} of {all_writes} unflushed writes "
          f"forgotten, {disk.flushes} flushes, {lost_boards} boards lost, seed {options.seed}")
    sys.exit(1 if lost_boards else 0)


if __name__ == "__main__":
    main()
