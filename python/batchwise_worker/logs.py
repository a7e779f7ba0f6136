"""The worker's log: file descriptors 1 and 2. Which bytes belong to which attempt, and repairs after a script closed a
descriptor.
"""

import faulthandler
import os
import signal
import sys
from os import close, dup2, fdopen, fstat, lseek, write
from os import open as open_descriptor

SEEK_END = os.SEEK_END
# The driver sends it just before it kills at a deadline. SIGRTMIN + 3 of glibc; elsewhere a signal that is ignored
# unless registered.
STACKS_SIGNAL = 37 if sys.platform.startswith("linux") else getattr(signal, "SIGINFO", None)


def duplicate_high(fd):
    """A close-on-exec duplicate far above the numbers that scripts close or reuse by accident."""
    import fcntl
    import resource

    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY or limit > 1024:
        limit = 1024
    for lowest in (limit - 24, limit // 2, 10):
        try:
            return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest)
        except (OSError, ValueError):
            continue
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)


class Log:
    """Keeps a private duplicate of the log, so that nothing a script does to 1 and 2 loses it."""

    def __init__(self):
        self._fd = duplicate_high(2)
        self._lseek = lseek
        self._fflush, self._c_stdout = find_c_stdout()
        try:
            self.position = lseek(self._fd, 0, SEEK_END)
            self._is_file = True
        except OSError:  # a pipe or a terminal has no positions
            self.position = 0
            self._is_file = False

    def set_up_streams(self):
        """Line-buffered, so that what was printed before a crash is there; any text can be printed whatever the
        locale.
        """
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)

    def set_up_stack_dumps(self):
        """Python stacks on SIGSEGV and its kind, and on the driver's request: written by a C handler, so even while C
        code holds the GIL.
        """
        faulthandler.enable(file=self._fd, all_threads=True)
        if STACKS_SIGNAL is not None:
            faulthandler.register(STACKS_SIGNAL, file=self._fd, all_threads=True, chain=False)

    def finish_range(self):
        """Flushes all that was printed; returns (start, end) of the log since the last call."""
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:  # closed, deleted, or an object of the script's own
            pass
        self._fflush(self._c_stdout)
        start = self.position
        if self._is_file:
            seek = self._lseek
            end = seek(self._fd, 0, SEEK_END)
            try:
                intact = seek(1, 0, SEEK_END) == end and seek(2, 0, SEEK_END) == end
                seek(0, 0, 1)
            except OSError:
                intact = False
            if not intact:
                self.repair()
                end = seek(self._fd, 0, SEEK_END)
            self.position = end
        else:
            self.repair()
        return start, self.position

    def repair(self):
        """Opens 0, 1 and 2 again if the script closed them. One that leads elsewhere is the script's own doing and
        stays.
        """
        for fd in (0, 1, 2):
            try:
                fstat(fd)
                continue
            except OSError:
                pass
            if fd == 0:
                null = open_descriptor("/dev/null", os.O_RDONLY)
                if null != 0:
                    dup2(null, 0)
                    close(null)
            else:
                dup2(self._fd, fd)
                self.write("the script closed file descriptor %d; it leads to the log again" % fd)
        self.repair_streams()

    def repair_streams(self):
        """Puts new streams in place of sys.stdout and sys.stderr objects that were closed."""
        for name, fd in (("stdout", 1), ("stderr", 2)):
            stream = getattr(sys, name, None)
            if stream is None or getattr(stream, "closed", False):
                fresh = fdopen(fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
                setattr(sys, name, fresh)

    def write(self, text):
        """One line of the worker's own in the log."""
        try:
            write(self._fd, ("batchwise: %s\n" % text).encode("utf-8", "backslashreplace"))
        except OSError:
            pass


def find_c_stdout():
    """(fflush, FILE *stdout) of the C library. Only stdout: fflush(NULL) would wait for the lock of any stream that
    some thread reads from.
    """
    try:
        import ctypes

        library = ctypes.CDLL(None)
        name = "stdout" if sys.platform.startswith("linux") else "__stdoutp"
        stream = ctypes.c_void_p.in_dll(library, name)
        library.fflush.argtypes = [ctypes.c_void_p]
        return library.fflush, stream
    except (ImportError, OSError, ValueError, AttributeError):
        return (lambda stream: None), None
