#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""signal_random.py SEED COUNT COMMAND [ARG]...: as often as COUNT says starts the command,
which runs signal_probe with the arguments that are added to it, as a job on a terminal;
stops and continues it and resizes the window at random, and then ends it. Every time it
must end soon, as it was ended, with nothing left in its process group. Prints what is
different, and at last how many sequences there were."""
import os, random, signal, sys
from terminal import Failure, Job, Terminal, number_of

WORKERS = 4
STOPS = ['TSTP', 'TTIN', 'TTOU', 'STOP']


def disturb(terminal, job, choose):
    """One step; what it is called."""
    what = choose.choice(['monitor', 'monitor', 'group', 'group', 'program', 'key', 'size',
                          'resume'])
    name = choose.choice(STOPS + ['CONT'] * 3)
    if what == 'monitor':
        os.kill(job.pid, number_of(name))
    elif what == 'group':
        os.killpg(job.pid, number_of(name))
    elif what == 'program':
        name = choose.choice(['STOP', 'CONT'])
        os.kill(job.inner, number_of(name))
    elif what == 'key':
        name = '^Z'
        terminal.press(name)
    elif what == 'size':
        name = str(choose.randrange(10, 100))
        terminal.size(int(name), 80)
    else:
        name = choose.choice(['fg', 'bg'])
        job.resume(name == 'fg')
    return f'{what} {name}'


def finish(terminal, job, choose):
    """The last step, with everything running: what it is called, and the end."""
    job.resume(True)
    os.kill(job.inner, signal.SIGCONT)
    how = choose.choice(['monitor', 'group', 'key', 'program', 'line'])
    if how == 'line':
        terminal.type('q\n')
        return how, ['9']
    if how == 'key':
        terminal.type('^C')
        return how, ['INT']
    if how == 'program':
        os.kill(job.inner, signal.SIGKILL)
        return how, ['KILL', '137']  # nested, of a monitor that is pid 1
    name = choose.choice(['TERM', 'HUP', 'INT', 'QUIT', 'KILL'])
    (os.kill if how == 'monitor' else os.killpg)(job.pid, number_of(name))
    return f'{how} {name}', [name]


def run(terminal, command, choose):
    terminal.text = ''
    steps = []
    job = Job(terminal, command + ['default', '15'])
    try:
        terminal.until('ready')
        job.inner = job.program()
        for _ in range(choose.randrange(1, 9)):
            steps.append(disturb(terminal, job, choose))
            if choose.random() < 0.5:
                job.wait(os.WUNTRACED, choose.choice([0, 0.001, 0.005]))
        last, ends = finish(terminal, job, choose)
        steps.append(last)
        found = job.wait()
        if found not in [('ends', end) for end in ends]:
            raise Failure(f'expected the end by {ends}; but was: {found}')
        if not job.is_gone():
            raise Failure('its process group has processes left')
    except Failure as failure:
        raise Failure(f'{", ".join(steps)}: {failure}') from None
    finally:
        job.end()


def work(seed, count, command):
    choose = random.Random(seed)
    terminal = Terminal()
    failed = 0
    for _ in range(count):
        try:
            run(terminal, command, choose)
        except Failure as failure:
            print(f'seed {seed}: {failure}')
            failed += 1
            if failed == 3:
                break
    sys.stdout.flush()
    os._exit(failed)


def main(seed, count, command):
    for number in range(WORKERS):
        if not os.fork():
            work(f'{seed}.{number}', (count + number) // WORKERS, command)
    failed = sum(os.wait()[1] for _ in range(WORKERS))
    print(f'{count} sequences')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
