"""From file descriptor 3 to a running worker: moving the socket out of the script's reach, forking the guardian, the handshake."""

import os
import signal
import sys

from .guardian import fork_worker
from .logs import Log, duplicate_high

WIRE_FD = 3
EXIT_USAGE = 64
EXIT_BROKEN_WIRE = 76


def main(arguments):
    """Runs the worker and ends the process. `--foreground` (for replay): no guardian, no own session, and descriptors 0 to 2 stay as they
    are, so that breakpoint() and Ctrl-C work in a terminal."""
    foreground = arguments == ["--foreground"]
    if arguments and not foreground:
        sys.stderr.write("batchwise: the worker is started by the driver; it knows --foreground only, not %r\n" % arguments)
        os._exit(EXIT_USAGE)
    try:
        wire_fd = duplicate_high(WIRE_FD)
        os.close(WIRE_FD)
    except OSError:
        sys.stderr.write("batchwise: the worker is started by the driver, which gives it a socket as file descriptor 3; there is none\n")
        os._exit(EXIT_USAGE)
    if not foreground:
        fork_worker(wire_fd)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    os._exit(run_worker(wire_fd, foreground))


def run_worker(wire_fd, foreground):
    """Serves until the stop or the end of the stream; returns the exit code."""
    # Here and not above, so that the guardian, which is a copy of the process as it is at the fork, stays small.
    from .wire import StreamEnd, Wire, WireError, encode_json
    from .worker import Worker

    log = Log()
    if not foreground:
        log.set_up_streams()
        log.set_up_stack_dumps()
    wire = Wire(wire_fd)
    try:
        hello = {"t": "hello", "protocol": 1, "pid": os.getpid(), "python": sys.version.split()[0], "executable": sys.executable}
        wire.send(encode_json(hello))
        worker = Worker(wire, log)
        worker.serve()
        return 0
    except StreamEnd:
        return 0
    except WireError as error:
        log.write("the wire to the driver is broken: %s" % error)
        return EXIT_BROKEN_WIRE
