#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""signal_table.py KIND COMMAND [ARG]...: for each signal, disposition and sender, that
signal_probe, which the command runs with the arguments that are added to it, ends or
stops as it should. KIND says what the program is: "first", pid 1 of the instance, or
"other"; and "nested", if the command starts an instance inside another, in which a
monitor is pid 1. Prints what is different, and at last how many cases there were.

  sender    monitor   kill(2) of the process that the command is
            group     kill(2) of its process group, as a shell's job control does
            terminal  a key, or a new window size
            inside    kill(2) by a child of the program
"""
import os, signal, sys
from terminal import Failure, Job, Terminal, name_of, number_of

ENDS = 'HUP INT QUIT ABRT TERM USR1 USR2 ALRM PIPE 35 64'.split()
STOPS = 'TSTP TTIN TTOU'.split()
HARMLESS = 'CONT WINCH URG'.split()
KEYS = {'INT': '^C', 'QUIT': '^\\', 'TSTP': '^Z', 'WINCH': None}
HANDLED, NOT_ENDED = '41', '9'  # exit statuses of signal_probe
MORE_THAN_ONCE = ('ends', '42'), ('ends', '43')
WORKERS = 6


def expected(kind, sender, disposition, name):
    """(how it stops or None, the status of the end)"""
    if disposition == 'handled':
        return None, HANDLED
    if disposition == 'ignored' or name in HARMLESS:
        return None, NOT_ENDED
    # The kernel drops what a pid 1 does not handle, and nobody outside can tell.
    if sender == 'inside' and 'first' in kind:
        return None, NOT_ENDED
    # A monitor that is pid 1 can neither stop nor die of a signal by itself.
    unseen = sender == 'inside' and 'nested' in kind
    if name in STOPS:
        return (None if unseen else name), NOT_ENDED
    return None, str(128 + number_of(name)) if unseen else name_of(number_of(name))


def run(terminal, command, kind, sender, disposition, name):
    stop, end = expected(kind, sender, disposition, name)
    inside = ['inside'] if sender == 'inside' else []
    terminal.text = ''
    job = Job(terminal, command + [disposition, str(number_of(name))] + inside)
    try:
        terminal.until('ready')
        if sender == 'terminal' and KEYS[name]:
            terminal.type(KEYS[name])
        elif sender == 'terminal':
            terminal.size(30 + job.pid % 7, 100)
        elif sender != 'inside':
            (os.kill if sender == 'monitor' else os.killpg)(job.pid, number_of(name))
        if stop:
            job.expect('stopped', stop)
            job.resume(True)
        if end == NOT_ENDED:
            early = job.wait(os.WUNTRACED, 0.05)
            if early:
                raise Failure(f'expected nothing; but was: {early}')
            terminal.type('q\n')
        # Of a group the program is one, and each monitor passes on what it got itself.
        if sender == 'group' and end == HANDLED and job.wait() in MORE_THAN_ONCE:
            return
        job.expect('ends', end)
    finally:
        job.end()


def work(cases, kind, command):
    failed = 0
    terminal = Terminal()
    for case in cases:
        try:
            run(terminal, command, kind, *case)
        except Failure as failure:
            print(*case, failure)
            failed += 1
            if failed == 3:
                break
    sys.stdout.flush()
    os._exit(failed)


def main(kind, command):
    cases = [(sender, disposition, name)
             for sender in ('monitor', 'group', 'terminal', 'inside')
             for disposition in ('default', 'handled', 'ignored')
             for name in ENDS + STOPS + HARMLESS
             if sender != 'terminal' or name in KEYS]
    for number in range(WORKERS):
        if not os.fork():
            work(cases[number::WORKERS], kind, command)
    failed = sum(os.wait()[1] for _ in range(WORKERS))
    print(f'{len(cases)} cases')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
