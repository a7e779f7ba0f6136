"""What holds from start to stop: the loaded script, its surroundings, the output folder and format."""

import atexit
import os
import sys

from . import state
from .failures import cap_exit_message, describe_exception
from .formats import choose_format
from .script import load_script
from .staging import OutputFolder
from .state import StateFile
from .wire import WireError, encode_json


class Session:
    def __init__(self, start):
        self.state = StateFile(start["state_file"])
        self.state.enter(state.STARTING)
        self.output = OutputFolder(start["output_dir"], start["take_dir"])
        self.format = choose_format(start["output_action"], start["output_format"], start["input_roots"])
        # What a mini-batch's context tells the script.
        self.facts = {"input_roots": start["input_roots"], "output_format": start["output_format"]}
        self.script = None
        self.is_strayed = False
        self._scratch_dir = os.path.realpath(start["scratch_dir"])  # as getcwd() says it
        self._umask = os.umask(0o077)
        os.umask(self._umask)
        # Bound here, before any user code runs: scripts patch os.
        self._set_umask = os.umask
        self._chdir = os.chdir
        self._getcwd = os.getcwd
        self._make_folders = os.makedirs

    def reset_surroundings(self):
        """Working directory and umask as the next mini-batch expects them, whatever the last one did. 0.4 µs."""
        self._set_umask(self._umask)
        try:
            if self._getcwd() == self._scratch_dir:
                return
        except OSError:  # the script removed it
            pass
        try:
            self._chdir(self._scratch_dir)
        except OSError:
            self._make_folders(self._scratch_dir, mode=0o700, exist_ok=True)
            self._chdir(self._scratch_dir)

    def guard_forks(self, wire):
        """A child that the script forks must hold neither the stream nor the state file, and must not serve should it
        return from run().
        """

        def leave_worker():
            self.is_strayed = True
            self.state.detach()
            wire.close()

        os.register_at_fork(after_in_child=leave_worker)


def open_session(wire, log, start, clock):
    """Loads the script and calls init(), then says `ready` and returns the session; or says `broken` and returns
    None.
    """
    began_ns = clock()
    try:
        session = Session(start)
        script, code_dir = start["script"], start["code_dir"]
        sys.argv[:] = [script] + start["argv"]
        entry_env = start["entry_env"]
    except KeyError as error:
        raise WireError('the message "start" lacks the key %s' % error) from None
    limit_memory(start.get("memory_limit"))
    session.guard_forks(wire)
    session.reset_surroundings()
    os.environ.update(entry_env)
    stage = "load"
    try:
        session.script = load_script(script, code_dir)
        stage = "init"
        session.state.enter(state.INIT)
        session.script.init()
        session.output.keep_as_initial()
    except BaseException as error:
        end_strayed_child(session)
        described = describe_exception(error)
        if isinstance(error, SystemExit):
            described["message"] = cap_exit_message(error, "init()" if stage == "init" else "its module")
        log.write("the script failed in %s\n%s" % (stage, described["traceback"] or described["message"]))
        wire.send(encode_json({"t": "broken", "stage": stage, "error": described, "log": log.finish_range()}))
        return None
    end_strayed_child(session)
    session.reset_surroundings()
    init_us = (clock() - began_ns) // 1000
    wire.send(encode_json({"t": "ready", "init_us": init_us, "log": log.finish_range()}))
    return session


def limit_memory(limit_bytes):
    """Lets allocations beyond the limit fail here, as a MemoryError the script's own traceback can be told with. The
    driver watches the resident memory as well: RLIMIT_DATA counts writable private mappings only, each process alone.
    """
    if limit_bytes is None:
        return
    try:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        wanted = limit_bytes if hard == resource.RLIM_INFINITY else min(limit_bytes, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    except (ImportError, AttributeError, ValueError, OSError):
        pass  # a system without it: the driver's watch remains


def end_strayed_child(session):
    """A child that the script forked and that came back to us must not go on as a second worker."""
    if session.is_strayed:
        os._exit(0)


def end_session(session, log):
    """shutdown(), then what the script registered with atexit. A failure there is logged: the work is done already."""
    session.state.enter(state.SHUTDOWN)
    steps = [session.script.shutdown, atexit._run_exitfuncs]
    for step in steps:
        try:
            if callable(step):
                step()
        except BaseException as error:
            log.write("the script failed in shutdown\n%s" % describe_exception(error)["traceback"])
    try:
        left = session.output.list_left()
    except OSError:
        left = []  # the script removed or locked the folder; there is nothing to tell
    if left:
        log.write(
            "files written in shutdown() belong to no mini-batch and are not in the output: %s; write them in run()"
            % ", ".join(sorted(left)[:10])
        )
    log.finish_range()
