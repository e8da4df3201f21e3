#!/usr/bin/env python3
"""Lights a Prismatron display in one colour, through its live ring in /dev/shm.

    frame_writer.py --ring prismatron_main_live --color FF8000 --fps 30 --seconds 5

Python 3.9 or newer, standard library alone. docs/frame-abi.md has the rules that this follows. The
file is written by pwrite and never through a mapping: a ring that somebody cuts short is an error
and not a signal. One page is mapped, as the address of a futex that wakes the display.

SPDX-License-Identifier: MIT OR Apache-2.0
"""

import argparse
import ctypes
import mmap
import os
import platform
import signal
import struct
import sys
import time

MAGIC = b"PRSMRING"
HEADER_BYTES, SLOT_HEADER_BYTES = 512, 64
RING_STATE, WRITER_PID, HEARTBEAT, COMMITTED = 128, 192, 200, 320
FREE, WRITING, READY = 0, 1, 2
OPEN = 1
FUTEX_WAKE = 1
SYS_FUTEX = {"x86_64": 202, "aarch64": 98, "riscv64": 98, "armv7l": 240, "armv6l": 240, "i686": 240}


class Gone(Exception):
    """The ring cannot be written any more; there may be a new one under its name."""


class Refused(Exception):
    """Another program draws."""


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


class Ring:
    def __init__(self, name):
        self.path = "/dev/shm/" + name
        try:
            self.file = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise Gone(f"{self.path}: {error.strerror}") from error
        self.page = None
        try:
            self._check()
            self._enter()
        except BaseException:
            os.close(self.file)
            raise

    def _check(self):
        size = os.fstat(self.file).st_size
        header = self._read(HEADER_BYTES, 0)
        magic, version, header_bytes, total = struct.unpack_from("<8sIIQ", header, 0)
        width, height, stride, self.format, self.color, slots = struct.unpack_from("<6I", header, 24)
        offset, slot_stride = struct.unpack_from("<2Q", header, 48)
        if magic != MAGIC or version != 1:
            raise Gone(f"{self.path}: not a frame ring of ABI version 1")
        bytes_per_pixel = {1: 3, 2: 4, 3: 3}.get(self.format, 0)
        self.frame_bytes = stride * height
        fits = (
            bytes_per_pixel
            and 1 <= width <= 1 << 20
            and 1 <= height <= 1 << 16
            and stride == width * bytes_per_pixel
            and 2 <= slots <= 64
            and self.frame_bytes <= 256 << 20
            and offset >= header_bytes >= HEADER_BYTES
            and offset % 64 == 0
            and slot_stride % 64 == 0
            and slot_stride >= SLOT_HEADER_BYTES + self.frame_bytes
            and offset + slots * slot_stride <= total <= size
        )
        if not fits:
            raise Gone(f"{self.path}: its header does not fit its file")
        self.bytes_per_pixel = bytes_per_pixel
        self.slots = [offset + index * slot_stride for index in range(slots)]
        self._check_open()

    def _check_open(self):
        if self._word(RING_STATE) != OPEN:
            raise Gone(f"{self.path}: the ring is closed")

    def _enter(self):
        # Without compare-exchange: look, write, and look again after a moment.
        for _ in range(2):
            pid = self._word(WRITER_PID)
            if pid not in (0, os.getpid()) and is_alive(pid):
                raise Refused(f"{self.path}: process {pid} draws already")
            if pid != os.getpid():
                self._write(struct.pack("<I", os.getpid()), WRITER_PID)
            time.sleep(0.02)
        self.sequence = 0
        for slot in self.slots:
            state, _, sequence = struct.unpack("<IIQ", self._read(16, slot))
            if 0 < (sequence - self.sequence) % (1 << 64) < 1 << 63:
                self.sequence = sequence
            if state == WRITING:
                self._write(struct.pack("<I", FREE), slot)
        self.number = 0
        self.page = mmap.mmap(self.file, mmap.PAGESIZE)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.page))
        self.wake = SYS_FUTEX.get(platform.machine())
        self.libc = ctypes.CDLL(None, use_errno=True)

    def put(self, pixels):
        """Shows a frame; it takes the place of the oldest one."""
        self._check_open()
        if self._word(WRITER_PID) != os.getpid():
            raise Refused(f"{self.path}: another program has taken over")
        slots = []
        for slot in self.slots:
            state, _, sequence = struct.unpack("<IIQ", self._read(16, slot))
            if state == FREE:
                slots.append((-1, slot))
            elif state == READY:
                age = (self.sequence - sequence) % (1 << 64)
                slots.append(((1 << 64) - age, slot))
        if not slots:
            raise Gone(f"{self.path}: no slot can be written")
        slot = min(slots)[1]
        # Alone from here on: nobody claims slots of a live ring but its one writer.
        self._write(struct.pack("<I", WRITING), slot)
        self.sequence = (self.sequence + 1) % (1 << 64)
        self.number += 1
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        words = struct.pack("<IQQQQ", 0, self.sequence, self.number, now, len(pixels))
        self._write(words, slot + 4)
        self._write(pixels, slot + SLOT_HEADER_BYTES)
        self._write(struct.pack("<I", READY), slot)
        self._write(struct.pack("<Q", now), HEARTBEAT)
        self._write(struct.pack("<I", (self._word(COMMITTED) + 1) % (1 << 32)), COMMITTED)
        if self.wake is not None:
            word = ctypes.c_void_p(self.address + COMMITTED)
            self.libc.syscall(self.wake, word, FUTEX_WAKE, 0x7FFFFFFF, None, None, 0)

    def is_current(self):
        """Whether the name still leads to this file, and not to one that was made anew."""
        try:
            named = os.stat(self.path)
        except OSError:
            return False
        mine = os.fstat(self.file)
        return (named.st_dev, named.st_ino) == (mine.st_dev, mine.st_ino)

    def leave(self):
        try:
            if self._word(WRITER_PID) == os.getpid():
                self._write(struct.pack("<I", 0), WRITER_PID)
        except (Gone, OSError):
            pass
        os.close(self.file)

    def _word(self, offset):
        return struct.unpack("<I", self._read(4, offset))[0]

    def _read(self, length, offset):
        found = os.pread(self.file, length, offset)
        if len(found) < length:
            raise Gone(f"{self.path}: the file is too short")
        return found

    def _write(self, data, offset):
        data = memoryview(data)
        while data:
            done = os.pwrite(self.file, data, offset)
            data, offset = data[done:], offset + done


def color_of(text):
    try:
        value = bytes.fromhex(text.lstrip("#"))
    except ValueError:
        value = b""
    if len(value) != 3:
        raise argparse.ArgumentTypeError(f"{text!r} is not a colour such as FF8000")
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ring", required=True, help="name in /dev/shm, prismatron_<instance>_live")
    parser.add_argument("--color", type=color_of, default="FFFFFF", help="RRGGBB")
    parser.add_argument("--fps", type=float, default=30.0, help="frames per second")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long")
    options = parser.parse_args()
    if not options.fps > 0:
        parser.error("--fps is larger than 0")

    def end(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    ring, frames, reason = None, 0, ""
    until = time.monotonic() + options.seconds
    due = time.monotonic()
    try:
        while time.monotonic() < until:
            try:
                if ring is not None and frames % 30 == 0 and not ring.is_current():
                    raise Gone(f"{ring.path}: made anew")
                if ring is None:
                    ring = Ring(options.ring)
                    pixel = options.color + b"\xff" * (ring.bytes_per_pixel - 3)
                    picture = pixel * (ring.frame_bytes // ring.bytes_per_pixel)
                ring.put(picture)
                frames += 1
            except Gone as error:
                if ring is not None:
                    ring.leave()
                    ring = None
                elif reason != str(error):
                    print(f"waiting: {error}", file=sys.stderr)
                reason = str(error)
            # One that fell behind does not catch up: frames in a bunch are lost on a display.
            due = max(due + 1 / options.fps, time.monotonic())
            time.sleep(max(0.0, min(due, until) - time.monotonic()))
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    finally:
        if ring is not None:
            ring.leave()
    print(f"{frames} frames")
    return 0 if frames else 1


if __name__ == "__main__":
    sys.exit(main())
