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
import os
import random
import sys
import time

# The repository is no place for compiled copies.
sys.dont_write_bytecode = True

from boot import CHAIN, MASKED, Boot, prepare
from disk import Disk

# Checks of what a container has not: cores of its own, real-time priorities, radios.
ABSENT = ("chain.cores", "chain.server-priority", "chain.engine-priority", "provision.wifi-known")
WHOLE = "provisioned stage-left period 1024 bundle whole"


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
    allowed, usual = [], 80
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
