"""The guardian: the process that the driver started; the worker is its child.

Why there are two: a worker can spin in C code and hold the GIL, crash, or leave daemons behind, so it can neither watch
its driver nor clean up after itself. The guardian runs no user code and does nothing but wait:

    waits for                                  then
    the worker's exit                          kills what the worker left behind
    the driver's death (the socket hangs up)   kills the worker and all that it left
    SIGTERM                                    the same
                                               and ends as the worker did: same exit code, or same signal

Everything the worker ever started is found: its own process group is killed whole, and orphans, even of other sessions,
are handed to the guardian by the kernel (PR_SET_CHILD_SUBREAPER) and are killed until none is left. Should the guardian
itself be killed, the kernel kills the worker (PR_SET_PDEATHSIG). Without prctl (macOS) only the process group is
killed.
"""

import os
import select
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
KILL_LIMIT_SECONDS = 10.0


def fork_worker(wire_fd):
    """Forks: returns in the worker, which leads a session of its own; never returns in the guardian."""
    prctl = find_prctl()
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    guardian_pid = os.getpid()
    worker_pid = os.fork()
    if worker_pid == 0:
        os.setsid()
        prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != guardian_pid:  # it died before the line above
            os._exit(1)
        prctl(PR_SET_CHILD_SUBREAPER, 0)
        return guardian_pid
    status = None
    try:
        watch_worker(worker_pid, wire_fd)
    finally:
        status = end_descendants(worker_pid)
        end_like(status, prctl)


def find_prctl():
    """Returns prctl(option, value), or a function that does nothing where there is no such call."""
    if not sys.platform.startswith("linux"):
        return lambda option, value: None
    import ctypes

    call = ctypes.CDLL(None, use_errno=True).prctl
    # The signal is read as unsigned long: with plain ints the upper half of the register may be garbage.
    call.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    return lambda option, value: call(option, value, 0, 0, 0)


def watch_worker(worker_pid, wire_fd):
    """Returns when the worker ended, the driver hung up, or SIGTERM came. Reaps adopted orphans meanwhile."""
    wake_fd, waker_fd = os.pipe()
    os.set_blocking(wake_fd, False)
    os.set_blocking(waker_fd, False)
    signal.set_wakeup_fd(waker_fd, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C is the driver's business
    poller = select.poll()
    poller.register(wake_fd, select.POLLIN)
    # Nothing but hang-up (always reported): bytes are the worker's, and a driver that only ends its writing side still
    # listens.
    poller.register(wire_fd, 0)
    while not reap_adopted(worker_pid):
        for fd, _ in poller.poll():
            if fd == wire_fd:
                return
            if signal.SIGTERM in os.read(wake_fd, 4096):
                return


def reap_adopted(worker_pid):
    """Reaps whatever ended except the worker itself; True when that ended. The worker is left as a zombie, so that its
    group's number stays taken.
    """
    if not hasattr(os, "waitid"):
        return worker_ended_without_waitid(worker_pid)
    while True:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return False
        if ended.si_pid == worker_pid:
            return True
        os.waitpid(ended.si_pid, os.WNOHANG)


_early_status = []


def worker_ended_without_waitid(worker_pid):
    pid, status = os.waitpid(worker_pid, os.WNOHANG)
    if pid:
        _early_status.append(status)
    return pid != 0


def end_descendants(worker_pid):
    """Kills and reaps until no child is left; returns the worker's wait status. Gives up on processes that even SIGKILL
    does not end (blocked in the kernel) after a while and says so in the log."""
    status = _early_status[0] if _early_status else None
    give_up = time.monotonic() + KILL_LIMIT_SECONDS
    while True:
        try:
            os.killpg(worker_pid, signal.SIGKILL)
        except OSError:
            pass
        while True:
            try:
                pid, found = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return status
            if pid == 0:
                break
            if pid == worker_pid:
                status = found
        left = list_children()
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        if time.monotonic() > give_up:
            text = "batchwise: processes %s do not end although killed, they block in the kernel; left behind\n" % left
            os.write(2, text.encode())
            return status
        select.select([], [], [], 0.005)


def list_children():
    """Process ids of the guardian's direct children, adopted ones included; empty where there is no /proc."""
    own = os.getpid()
    try:
        with open("/proc/%d/task/%d/children" % (own, own)) as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        pass
    try:
        names = os.listdir("/proc")
    except OSError:
        return []
    return [int(name) for name in names if name.isdigit() and read_parent(name) == own]


def read_parent(pid):
    """Parent's id of a process, or None when it is gone. The name before it may hold any character, hence the last
    bracket.
    """
    try:
        with open("/proc/%s/stat" % pid, "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def end_like(status, prctl):
    """Ends this process as the worker ended, so that the driver sees its exit code or signal. Leaves no second core
    file.
    """
    if status is not None and os.WIFEXITED(status):
        os._exit(os.WEXITSTATUS(status))
    number = os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else int(signal.SIGKILL)
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        prctl(PR_SET_DUMPABLE, 0)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
    finally:
        os._exit(128 + number)
