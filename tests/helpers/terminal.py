# SPDX-License-Identifier: ISC
"""A command as the foreground job of a pseudo-terminal, for programs that take thousands of steps
with one. For a few there is terminal.c."""
import fcntl, os, pty, select, signal, struct, sys, termios, time

FOREGROUND = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'foreground')
LIMIT = 30.0  # seconds; several instances may start at once on a slow machine


class Failure(Exception):
    pass


def number_of(name):
    return int(name) if name.isdigit() else getattr(signal, 'SIG' + name).value


def name_of(number):
    try:
        return signal.Signals(number).name[3:]
    except ValueError:
        return str(number)


class Terminal:
    """A pseudo-terminal, and this process the leader of its session."""

    def __init__(self):
        if os.getpid() == os.getsid(0):
            raise Failure('already the leader of a session')
        os.setsid()
        for each in (signal.SIGHUP, signal.SIGTTOU, signal.SIGTTIN):
            signal.signal(each, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # Job.wait() looks for it
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        self.text = ''

    def read(self):
        """What has been printed until now."""
        while self.master >= 0 and select.select([self.master], [], [], 0)[0]:
            try:
                self.text += os.read(self.master, 65536).decode(errors='replace')
            except OSError:
                break

    def until(self, text):
        deadline = time.monotonic() + LIMIT
        while text not in self.text:
            if time.monotonic() > deadline:
                raise Failure(f'no {text!r} in {self.text!r}')
            select.select([self.master], [], [], 0.05)
            self.read()
        self.text = self.text[self.text.index(text) + len(text):]

    def type(self, text):
        while '^' in text:
            at = text.index('^')
            text = text[:at] + chr(ord(text[at + 1]) & 31) + text[at + 2:]
        os.write(self.master, text.encode())

    def press(self, key):
        """Types one such key, and waits until the terminal has acted on it."""
        self.type(key)
        self.until(key)

    def size(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))


class Job:
    """A command as the foreground job."""

    def __init__(self, terminal, command):
        self.terminal = terminal
        self.ended = None
        # Python forks slowly, and spawns as fast as a small program does.
        self.pid = os.posix_spawn(
            FOREGROUND, [FOREGROUND, *command], os.environ, setpgroup=0, setsigmask=[],
            setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, 32, 33},
            file_actions=[(os.POSIX_SPAWN_DUP2, terminal.slave, each) for each in range(3)])
        # The job takes it. Later, this would be to take it from a shell in the job.
        while os.tcgetpgrp(terminal.slave) == os.getpgrp():
            time.sleep(0.001)

    def wait(self, options=0, limit=LIMIT):
        """The next change, as ('stopped' or 'ends', by what); None if there is none."""
        deadline = time.monotonic() + limit
        while not self.ended:
            pid, status = os.waitpid(self.pid, options | os.WNOHANG)
            if pid and os.WIFSTOPPED(status):
                return 'stopped', name_of(os.WSTOPSIG(status))
            if pid and os.WIFEXITED(status):
                self.ended = 'ends', str(os.WEXITSTATUS(status))
            elif pid:
                self.ended = 'ends', name_of(os.WTERMSIG(status))
            else:
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                signal.sigtimedwait([signal.SIGCHLD], left)
        return self.ended

    def expect(self, what, how):
        found = self.wait(os.WUNTRACED if what == 'stopped' else 0)
        if found != (what, how):
            self.terminal.read()
            raise Failure(f'expected: {what} {how}; but was: {found}; '
                          f'output: {self.terminal.text!r}')

    def children(self):
        with open(f'/proc/{self.pid}/task/{self.pid}/children') as file:
            return [int(pid) for pid in file.read().split()]

    def program(self):
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            children = self.children()
            if len(children) == 1:
                return children[0]
            time.sleep(0.001)
        raise Failure(f'children of the job: {children}')

    def resume(self, foreground):
        os.tcsetpgrp(self.terminal.slave, self.pid if foreground else os.getpgrp())
        os.killpg(self.pid, signal.SIGCONT)

    def is_gone(self):
        """Whether its process group is empty within a second, but for zombies."""
        deadline = time.monotonic() + 1.0
        while self.has_group() and any(self.members()):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def has_group(self):
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True

    def members(self):
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/stat') as file:
                    state, _, group = file.read().rpartition(')')[2].split()[:3]
            except OSError:  # it has just ended
                continue
            if int(group) == self.pid and state != 'Z':
                yield pid

    def end(self):
        """Whatever became of it, nothing shall be left."""
        if not self.ended:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
