"""A disk that forgets: a file below a loop device, served by a FUSE server in here, which sees every write and every flush."""

import errno
import os
import struct
import subprocess
import threading


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
