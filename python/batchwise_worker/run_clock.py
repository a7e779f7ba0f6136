"""Times run() alone, and keeps the state file in step with it."""

from time import monotonic_ns, process_time_ns, time_ns

from . import state


class RunClock:
    """started_us, run_ns and cpu_ns of one attempt. A stop that is followed by resume() is not counted, as when rows of
    a generator wait for the driver.
    """

    def __init__(self, state_file):
        self._state = state_file
        # Bound here, before any user code runs: scripts patch the time module.
        self._clock = monotonic_ns
        self._cpu_clock = process_time_ns
        self._wall_clock = time_ns
        self._is_running = False

    def reset(self, mini_batch, attempt):
        self._mini_batch = mini_batch
        self._attempt = attempt
        self.started_us = self._wall_clock() // 1000
        self.run_ns = 0
        self.cpu_ns = 0

    def start(self):
        self._is_running = True
        self._cpu_began_ns = self._cpu_clock()
        self._began_ns = self._clock()
        self._state.enter(state.RUNNING, self._mini_batch, self._attempt, self._began_ns, self._cpu_began_ns)

    def stop(self):
        """Ends the time of run(); does nothing when it is not running. Returns the time now."""
        now_ns = self._clock()
        if self._is_running:
            self._is_running = False
            self.run_ns = now_ns - self._began_ns
            self.cpu_ns = self._cpu_clock() - self._cpu_began_ns
            self._state.enter(state.SENDING, self._mini_batch, self._attempt, now_ns)
        return now_ns

    def resume(self):
        """Goes on after stop(). The phase in the state file begins early by the time already used, so that the deadline
        is for the sum.
        """
        self._is_running = True
        self._began_ns = self._clock() - self.run_ns
        self._cpu_began_ns = self._cpu_clock() - self.cpu_ns
        self._state.enter(state.RUNNING, self._mini_batch, self._attempt, self._began_ns, self._cpu_began_ns)

    @property
    def is_running(self):
        return self._is_running
