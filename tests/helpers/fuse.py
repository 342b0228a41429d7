#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""fuse.py: serves an empty directory to the FUSE mount whose descriptor is standard input, until
it is gone."""
import os
import struct

GETATTR, STATFS, INIT, OPENDIR = 3, 17, 26, 27
DIRECTORY = 0o40777
# The answers, as <linux/fuse.h> has them.
ANSWERS = {
    INIT: struct.pack("=2I14I", 7, 31, *[0] * 14),
    GETATTR: struct.pack("=Q2I6Q10I", 0, 0, 0, 1, *[0] * 8, DIRECTORY, 2, *[0] * 5),
    STATFS: bytes(80),
    OPENDIR: bytes(16),
}
NO_ENTRY, NOT_THERE = -2, -38
LOOKUP = 1
NO_ANSWER = 2, 42  # FORGET

while True:
    try:
        request = os.read(0, 1 << 20)
    except OSError:
        break
    _, call, number = struct.unpack_from("=2IQ", request)
    answer = ANSWERS.get(call, b"")
    error = 0 if answer else NO_ENTRY if call == LOOKUP else NOT_THERE
    if call not in NO_ANSWER:
        os.write(0, struct.pack("=IiQ", 16 + len(answer), error, number) + answer)
