"""Processes that die, hang or are left behind: faults 6, 10 to 12, 15, 16, 18, 19 and 21 of the catalogue."""

import os
import signal
import time

from .small_driver import PATIENCE_SECONDS, WorkerTestCase

SPIN_IN_C = "open('../started', 'w').close()\nsum(range(10**15))"


def is_running(pid):
    """False for a process that is gone or a zombie that nobody has reaped yet."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until(condition, seconds=PATIENCE_SECONDS):
    """Polls a condition that no event announces; returns the seconds that it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise AssertionError("it did not happen within %s s" % seconds)
        time.sleep(0.002)
    return time.monotonic() - began


class ProcessTestCase(WorkerTestCase):
    def run_to(self, driver, file_name="started"):
        """Sends a mini-batch and waits until the script made a file."""
        driver.send_run((0, driver.folder.add_items(1)))
        wait_until(lambda: os.path.exists(driver.folder.path(file_name)))

    def read_pid(self, driver, name):
        path = driver.folder.path(name)
        wait_until(lambda: os.path.exists(path) and driver.folder.read(name).endswith(b"\n"))
        return int(driver.folder.read(name))


class DriverDiesTest(ProcessTestCase):
    def test_worker_that_holds_the_gil_in_c_dies_with_its_driver(self):
        driver = self.begin_run(SPIN_IN_C)
        self.run_to(driver)
        self.assertTrue(is_running(driver.hello["pid"]))
        driver.socket.close()  # what the driver's death is to the worker
        self.assertLess(wait_until(lambda: not is_running(driver.hello["pid"])), 2)
        self.assertEqual(driver.wait(), -signal.SIGKILL)

    def test_worker_in_init_dies_with_its_driver(self):
        driver = self.start("def init():\n    %s\ndef run(m): return m" % SPIN_IN_C.replace("\n", "\n    "))
        driver.receive()
        driver.send_start()
        wait_until(lambda: os.path.exists(driver.folder.path("started")))
        driver.close()

    def test_idle_worker_ends_with_its_driver(self):
        driver = self.begin_run("return mini_batch")
        driver.close()
        self.assertFalse(is_running(driver.hello["pid"]))

    def test_worker_dies_when_its_guardian_is_killed(self):
        driver = self.begin_run(SPIN_IN_C)
        self.run_to(driver)
        driver.process.kill()
        wait_until(lambda: not is_running(driver.hello["pid"]))

    def test_half_closed_stream_ends_the_worker_between_runs(self):
        import socket

        driver = self.begin_run("return mini_batch")
        driver.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(driver.wait(), 0)


class KilledTest(ProcessTestCase):
    def assert_killed_by_terminate(self, body):
        driver = self.begin_run("open('../started', 'w').close()\n" + body)
        self.run_to(driver)
        driver.process.terminate()
        self.assertEqual(driver.wait(), -signal.SIGKILL)
        self.assertFalse(is_running(driver.hello["pid"]))
        with self.assertRaises(EOFError):
            driver.receive()

    def test_endless_python_loop(self):
        self.assert_killed_by_terminate("while True: pass")

    def test_endless_loop_that_ignores_every_signal_and_exception(self):
        body = """
import signal
for number in range(1, 32):
    try: signal.signal(number, signal.SIG_IGN)
    except OSError: pass
while True:
    try:
        while True: pass
    except BaseException: pass
"""
        self.assert_killed_by_terminate(body)

    def test_read_that_never_returns(self):
        self.assert_killed_by_terminate("import os\nos.mkfifo('pipe')\nopen('pipe').read()")

    def test_stopped_worker(self):
        self.assert_killed_by_terminate("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)")

    def test_time_of_a_generator_counts_from_the_call_of_run_but_not_while_rows_are_sent(self):
        body = """
            def rows():
                open(mini_batch[0]).read()
                yield 'x' * 1_500_000
                open(mini_batch[0]).read()
            return rows()
        """
        driver = self.begin_run(body)
        fifo = driver.folder.path("input", "fifo")
        os.mkfifo(fifo)
        driver.send_run((7, [fifo]))
        wait_until(lambda: driver.read_state()["phase"] == 4)
        first = driver.read_state()
        wait_until(lambda: time.monotonic_ns() > first["began_ns"] + 200_000_000)
        released_ns = time.monotonic_ns()
        with open(fifo, "w"):
            pass
        self.assertEqual(driver.receive()[0]["t"], "part")
        wait_until(lambda: driver.read_state()["phase"] == 4)
        again = driver.read_state()
        self.assertLessEqual(again["began_ns"] - first["began_ns"], time.monotonic_ns() - released_ns)
        with open(fifo, "w"):
            pass
        result = driver.collect(1)[0]
        self.assertGreaterEqual(result["run_us"], 200_000)

    def test_endless_generator_is_killed(self):
        driver = self.begin_run("import itertools\nreturn ('x' * 100_000 for _ in itertools.count())")
        driver.send_run((7, driver.folder.add_items(1)))
        for _ in range(10):
            self.assertEqual(driver.receive()[0], {"t": "part", "mini_batch": 7, "attempt": 1})
        driver.process.terminate()
        self.assertEqual(driver.wait(), -signal.SIGKILL)

    def test_stacks_are_written_on_request_even_while_c_code_holds_the_gil(self):
        driver = self.begin_run("def deep():\n    %s\ndeep()" % SPIN_IN_C.replace("\n", "\n    "))
        self.run_to(driver)
        os.kill(driver.hello["pid"], 37)
        wait_until(lambda: "in deep" in driver.log)
        driver.process.terminate()
        driver.wait()
        self.assertIn("in run", driver.log)


class ScriptEndsTheProcessTest(ProcessTestCase):
    def assert_ends(self, body, expected, *words):
        driver = self.begin_run(body)
        driver.send_run((0, driver.folder.add_items(1)))
        with self.assertRaises(EOFError):
            driver.receive()
        self.assertEqual(driver.wait(), expected)
        for word in words:
            self.assertIn(word, driver.log)

    def test_exit_code_is_passed_on(self):
        self.assert_ends("import os\nprint('last words')\nos._exit(0)", 0, "last words")
        self.assert_ends("import os\nos._exit(41)", 41)

    def test_segmentation_fault_is_passed_on_with_its_stack(self):
        body = "import ctypes\nprint('last words')\nctypes.string_at(0)"
        self.assert_ends(body, -signal.SIGSEGV, "last words", "Segmentation fault", "in run")

    def test_abort_and_others_are_passed_on(self):
        self.assert_ends("import os\nos.abort()", -signal.SIGABRT, "Fatal Python error: Aborted", "in run")
        for number in (signal.SIGFPE, signal.SIGILL, signal.SIGBUS, signal.SIGKILL, signal.SIGTERM):
            self.assert_ends("import os\nos.kill(os.getpid(), %d)" % number, -number)

    def test_killed_worker_is_seen_as_killed(self):
        driver = self.begin_run(SPIN_IN_C)
        self.run_to(driver)
        os.kill(driver.hello["pid"], signal.SIGKILL)
        self.assertEqual(driver.wait(), -signal.SIGKILL)


class LeftBehindTest(ProcessTestCase):
    daemon = """
        import os, signal, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork():
            os._exit(0)
        os.setsid()
        if os.fork():
            os._exit(0)
        with open(sys.argv[1], "w") as file:
            print(os.getpid(), file=file)
        time.sleep(1000)
    """

    def start_daemon(self):
        body = """
            import os, subprocess, sys
            code = os.path.join(os.path.dirname(__file__), "daemon.py")
            subprocess.check_call([sys.executable, code, os.path.abspath("../daemon")])
            return [1]
        """
        driver = self.begin_run(body, files={"daemon.py": self.daemon})
        self.assertEqual(driver.score(driver.folder.add_items(1)).get("data"), b"1\n")
        pid = self.read_pid(driver, "daemon")
        self.assertTrue(is_running(pid))
        return driver, pid

    def test_daemon_is_killed_when_the_worker_stops_in_order(self):
        driver, pid = self.start_daemon()
        self.assertEqual(driver.stop(), 0)
        self.assertFalse(is_running(pid))

    def test_daemon_is_killed_when_the_driver_dies(self):
        driver, pid = self.start_daemon()
        driver.close()
        self.assertFalse(is_running(pid))

    def test_daemon_is_killed_when_the_worker_crashes(self):
        driver, pid = self.start_daemon()
        os.kill(driver.hello["pid"], signal.SIGSEGV)
        self.assertEqual(driver.wait(), -signal.SIGSEGV)
        self.assertFalse(is_running(pid))

    def test_child_of_the_workers_group_is_killed(self):
        body = "import subprocess\nchild = subprocess.Popen(['sleep', '1000'])\nreturn [child.pid]"
        driver = self.begin_run(body)
        pid = int(driver.score(driver.folder.add_items(1))["data"])
        self.assertTrue(is_running(pid))
        driver.stop()
        self.assertFalse(is_running(pid))

    def test_children_that_ended_are_reaped_meanwhile(self):
        driver, pid = self.start_daemon()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not os.path.exists("/proc/%d" % pid))
        driver.stop()


class StartTest(ProcessTestCase):
    def test_worker_has_a_session_of_its_own(self):
        driver = self.begin_run("import os\nreturn [os.getsid(0) == os.getpid() == os.getpgrp()]")
        self.assertEqual(driver.score(driver.folder.add_items(1))["data"], b"True\n")

    def test_started_by_hand_it_says_what_it_is(self):
        import subprocess
        import sys

        from .small_driver import WORKER_FOLDER

        done = subprocess.run([sys.executable, WORKER_FOLDER], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 64)
        self.assertIn(b"started by the driver", done.stderr)

    def test_broken_wire_ends_the_worker(self):
        driver = self.begin_run("return mini_batch")
        driver.socket.sendall(b"garbage " * 10)
        self.assertEqual(driver.wait(), 76)
        self.assertIn("the wire to the driver is broken", driver.log)

    def test_unknown_message_breaks_the_wire(self):
        driver = self.begin_run("return mini_batch")
        driver.send({"t": "dance"})
        self.assertEqual(driver.wait(), 76)
        self.assertIn('unknown name "dance"', driver.log)
