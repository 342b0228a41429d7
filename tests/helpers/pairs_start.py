#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""pairs_start.py SELFDOCK DIRECTORY: starts an instance for every two options of run and
build, in both orders: with run the first of a pair before the second, with build after it.
Prints each start that does not do what both ask for or, where the tables below say so, is
not refused in these words; and each option of the help that has no row. The last line is
how many pairs there were."""
import itertools
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

SELFDOCK, HERE = sys.argv[1:]
WORKERS = 4
# It is loaded in a third of the time of a dynamic one.
SHELL = ['/bin/busybox', 'sh', '-c']

# An option, how it is given, and what then holds inside, for the shell there.
OPTIONS = [
    ('args', '-f {here}/args', '[ "$LINE" = yes ]'),
    ('rootfs', '-r {here}/root', '[ -e /mark ]'),
    ('chdir', '-C /dev', '[ "$PWD" = /dev ]'),
    ('map', '-m {here}/dir /tmp/map',
     '[ -e /tmp/map/file ] && ! (echo >/tmp/map/file) 2>/dev/null'),
    ('vol', '-v {here}/dir /tmp/vol', 'echo >/tmp/vol/file'),
    ('workdir-writable', '-w', 'echo >file'),
    ('tmpfs', '-t size=64K /tmp/new', 'echo >/tmp/new/file'),
    ('mask', '--mask /etc/passwd', '! [ -s /etc/passwd ]'),
    ('name', '-n pair-{number}', ':'),
    ('detach', '-d', ':'),
    ('log', '-d --log {here}/log{number}', ':'),
    ('die-with-parent', '--die-with-parent', ':'),
    ('dry-run', '--dry-run', ':'),
    ('init', '--init', '[ $$ != 1 ]'),
    ('device', '--device /dev/full', '[ -c /dev/full ]'),
    ('proc', '--proc new', '[ -e /proc/version ]'),
    ('proc', '--proc host', '[ -e /proc/version ]'),
    ('proc', '--proc none', '! [ -e /proc/version ]'),
    ('net', '--net host', ':'),
    ('net', '--net none', ':'),
    ('abstract-sockets', '--abstract-sockets', ':'),
    ('no-userns', '--no-userns',
     '[ ! -e /proc/version ] || '
     '{ read most </proc/sys/user/max_user_namespaces; [ "$most" = 0 ]; }'),
    ('fakeroot', '--fakeroot', '[ "$(id -u)" = 0 ]'),
    ('hostname', '--hostname pair', '[ "$(uname -n)" = pair ]'),
    ('env', '-e VALUE yes', '[ "$VALUE" = yes ]'),
    ('unset', '-E KEPT', '! [ "$KEPT" ]'),
    ('clearenv', '--clearenv', '! [ "$KEPT" ]'),
    ('keep-env', '--keep-env LEFT', '[ "$LEFT" ]'),
    ('keep-fd', '-k 9', '(: <&9)'),
    ('help', '--help', ':'),
]

# Refused in either order: by which applet, and words of the message.
REFUSED = {
    ('detach', 'die-with-parent'): ('run build', 'cannot be together'),
    ('log', 'die-with-parent'): ('run build', 'cannot be together'),
    ('rootfs', 'workdir-writable'): ('build', 'what is there is writable: make it first'),
}

# The second takes back what the first asks for, be it another value of the same option.
TAKEN_BACK = {
    ('chdir', 'workdir-writable'), ('workdir-writable', 'chdir'), ('args', 'clearenv'),
    ('env', 'clearenv'), ('proc', 'proc'),
}


def expect(applet, first, second):
    """Statuses, and a pattern for all of the output. A program that is detached may have ended
    when its start returns, and does with a log, if the machine has the time."""
    names = {first[0], second[0]}
    pair = (first[0], second[0])
    applets, words = REFUSED.get(pair) or REFUSED.get(pair[::-1]) or ('', '')
    if 'help' in names:
        return (0,), rf'usage: selfdock-{applet} (.|\n)*'
    if 'dry-run' in names:
        return (0,), r'--rootfs /(.|\n)*\n-- /bin/busybox sh .*\n'
    if applet in applets.split():
        return (125,), rf'selfdock-{applet}: .*{re.escape(words)}.*\n'
    answer = rf'([0-9]+|selfdock-{applet}: the program ended at once.*)\n'
    if 'log' in names:
        return (0, 7), answer
    if 'detach' in names:
        return (0, 7), rf'{answer}works\n|works\n{answer}'
    return (7,), r'works\n'


def run(words, name, pattern):
    """Status and output; a program that is detached may not have written yet."""
    with open(name, 'w', encoding='utf-8') as out:
        status = subprocess.run([SELFDOCK] + words, stdin=subprocess.DEVNULL, stdout=out,
                                stderr=out,
                                cwd=f'{HERE}/dir', pass_fds=[9],
                                check=False).returncode
    for _ in range(200):
        with open(name, encoding='utf-8') as out:
            output = out.read()
        if status or re.fullmatch(pattern, output):
            break
        time.sleep(0.01)
    os.unlink(name)
    return status, output


def wait_for_log(name):
    """What is wrong with what the program has written there."""
    for _ in range(200):
        with open(name, encoding='utf-8') as log:
            text = log.read()
        if text == 'works\n':
            os.unlink(name)
            return ''
        time.sleep(0.01)
    return f'the log has: {text}'


def start(number, applet, first, second):
    """What is wrong with this pair; nothing, if all is right."""
    checks = [first[2]] if (first[0], second[0]) not in TAKEN_BACK else []
    program = ' && '.join(checks + [second[2], 'echo works', 'exit 7'])
    options = f'{first[1]} {second[1]}'.format(here=HERE, number=number).split()
    wanted, pattern = expect(applet, first, second)
    status, output = run([applet, *options, *SHELL, program],
                         f'{HERE}/out{number}', pattern)
    if 'log' in (first[0], second[0]) and wanted == (0, 7):
        output += wait_for_log(f'{HERE}/log{number}')
    if status in wanted and re.fullmatch(pattern, output):
        return ''
    return f'{applet} {" ".join(options)} -> {status} {output}\n'


def main():
    os.environ.update(KEPT='yes', LEFT='yes')
    os.dup2(os.open('/dev/null', os.O_RDONLY), 9)
    text = subprocess.run([SELFDOCK, 'run', '--help'],
                          capture_output=True, text=True, check=True).stdout
    in_help = set(re.findall(r'^ .{5}--([a-z-]+)', text, re.M))
    for name in in_help ^ {option[0] for option in OPTIONS}:
        print('not both in the help and in a row: --' + name)
    places = list(itertools.product(range(len(OPTIONS)), repeat=2))
    # Several at a time: what a start takes is mostly that the kernel waits.
    with ThreadPoolExecutor(WORKERS) as pool:
        for wrong in pool.map(lambda each: start(each[0],
                                                 'run' if each[1][0] <= each[1][1] else 'build',
                                                 OPTIONS[each[1][0]], OPTIONS[each[1][1]]),
                              enumerate(places)):
            print(wrong, end='')
    print(len(places), 'pairs')


main()
