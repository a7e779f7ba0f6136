"""From file descriptor 3 to a running worker: moving the socket out of the script's reach, forking the guardian, the
handshake.
"""

import errno
import os
import signal
import sys

from .guardian import fork_worker
from .logs import Log, duplicate_high

WIRE_FD = 3
EXIT_USAGE = 64
EXIT_BUG = 70
EXIT_BROKEN_WIRE = 76
EXIT_WIRE_CLOSED = 77


def main(arguments):
    """Runs the worker and ends the process."""
    try:
        if arguments:
            raise OSError
        wire_fd = duplicate_high(WIRE_FD)
        os.close(WIRE_FD)
    except OSError:
        text = "batchwise: the worker is started by the driver, without arguments and with a socket as descriptor 3\n"
        sys.stderr.write(text)
        os._exit(EXIT_USAGE)
    fork_worker(wire_fd)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os._exit(run_worker(wire_fd))


def run_worker(wire_fd):
    """Serves until the stop or the end of the stream; returns the exit code."""
    # Here and not above, so that the guardian, which is a copy of the process as it is at the fork, stays small.
    from traceback import format_exc

    from .wire import StreamEnd, Wire, WireError, encode_json
    from .worker import Worker

    log = Log()
    log.set_up_streams()
    log.set_up_stack_dumps()
    wire = Wire(wire_fd)
    try:
        hello = {
            "t": "hello",
            "protocol": 1,
            "pid": os.getpid(),
            "python": sys.version.split()[0],
            "executable": sys.executable,
        }
        wire.send(encode_json(hello))
        worker = Worker(wire, log)
        worker.serve()
        return 0
    except StreamEnd as end:
        if not end.was_closed_here:
            return 0
        log.write("the script closed the descriptors of the worker itself, for example by os.closerange()")
        return EXIT_WIRE_CLOSED
    except WireError as error:
        log.write("the wire to the driver is broken: %s" % error)
        return EXIT_BROKEN_WIRE
    except BaseException as error:
        if getattr(error, "errno", None) == errno.EBADF:
            return EXIT_WIRE_CLOSED
        log.write("the worker itself failed, which is a bug of Batchwise\n%s" % format_exc())
        return EXIT_BUG
