"""Scripts that do what they should not: faults 25 to 28 and 35 to 41 of the catalogue. The protocol survives, and the
next mini-batch is as ever.
"""

import os
import textwrap

from .small_driver import WorkerTestCase


class ExceptionsTest(WorkerTestCase):
    def test_exception_has_type_message_and_the_scripts_own_frames(self):
        script = """
            def init(): pass
            def score(path): raise LookupError("no label for " + path[-10:])
            def run(mini_batch): return [score(path) for path in mini_batch]
        """
        driver = self.begin(script)
        error = self.assert_failed(driver.score(driver.folder.add_items(1)), "exception", "no label for item00.txt")
        self.assertEqual(error["type"], "LookupError")
        self.assertIn("def score(path)", error["traceback"])
        self.assertNotIn("batchwise_worker", error["traceback"])
        self.assertEqual(driver.score(driver.folder.add_items(1), 1)["reason"], "exception")

    def test_exceptions_of_every_kind_are_failures_and_the_worker_goes_on(self):
        driver = self.begin(
            "def init(): pass\ndef run(mini_batch):\n    exec(open(mini_batch[0]).read())\n    return [1]\n"
        )
        kinds = {
            "raise KeyboardInterrupt": ("exception", "KeyboardInterrupt"),
            "raise GeneratorExit": ("exception", "GeneratorExit"),
            "raise MemoryError": ("exception", "MemoryError"),
            "raise StopIteration": ("exception", "StopIteration"),
            "def f(): f()\nf = lambda f: f(f)\nf(f)": ("exception", "RecursionError"),
            "import sys; sys.exit(5)": ("exit", "SystemExit"),
            "exit()": ("exit", "SystemExit"),
            "class E(BaseException): pass\nraise E": ("exception", "score.E"),
            "x = [0] * (1 << 58)": ("exception", "MemoryError"),
        }
        for source, (reason, kind) in kinds.items():
            failure = driver.score(driver.folder.add_items(1, source))
            self.assertEqual((failure.get("reason"), failure["error"]["type"]), (reason, kind), (source, failure))
        self.assertEqual(driver.score(driver.folder.add_items(1, "pass"))["data"], b"1\n")

    def test_exception_that_cannot_be_printed(self):
        body = "class E(Exception):\n    def __str__(self):\n        raise ValueError\nraise E"
        error = self.assert_failed(self.run_body(body), "exception", "__str__ failed")
        self.assertIn("raise E", error["traceback"])

    def test_huge_message_is_capped_in_the_middle(self):
        error = self.assert_failed(self.run_body("raise ValueError('a' * 10_000_000 + 'end')"), "exception", "left out")
        self.assertLessEqual(len(error["message"].encode()), 8 << 10)
        self.assertLessEqual(len(error["traceback"].encode()), 64 << 10)
        self.assertTrue(error["message"].endswith("end"))

    def test_lone_surrogates_in_a_message_arrive(self):
        self.assert_failed(self.run_body("raise ValueError('bad\\udcff')"), "exception", "bad\udcff")

    def test_failed_attempt_is_in_the_log_range(self):
        result = self.run_body("print('before')\nraise ValueError('why')")
        start, end = result["log"]
        self.assertIn("before", self.driver.log[start:end])
        self.assertIn("ValueError: why", self.driver.log[start:end])


class StreamsTest(WorkerTestCase):
    def score_after(self, script_body, count=3):
        """Scores mini-batches with a run() that misbehaves each time; all must succeed."""
        driver = self.begin_run(textwrap.dedent(script_body) + "\nreturn [len(mini_batch)]")
        paths = driver.folder.add_items(2)
        for number in range(count):
            self.assertEqual(driver.score(paths, number).get("data"), b"2\n")
        return driver

    def test_much_output_goes_to_the_log(self):
        driver = self.score_after("print('x' * 10_000_000)", 1)
        self.assertGreater(len(driver.log), 10_000_000)

    def test_direct_writes_go_to_the_log(self):
        body = """
            import ctypes, os
            os.write(1, b'direct one')
            os.write(2, b'direct two')
            ctypes.CDLL(None).printf(b'from C')
        """
        driver = self.score_after(body, 1)
        for text in ("direct one", "direct two", "from C"):
            self.assertIn(text, driver.log)

    def test_what_c_printed_is_in_the_range_of_its_attempt(self):
        result = self.run_body("import ctypes\nctypes.CDLL(None).printf(b'from C')\nreturn mini_batch")
        self.assertEqual(self.driver.log[result["log_start"] : result["log_end"]], "from C")

    def test_closing_standard_streams(self):
        driver = self.score_after("import os\nfor fd in (0, 1, 2): os.close(fd)")
        self.assertIn("the script closed file descriptor 1", driver.log)
        result = driver.score(driver.folder.add_items(2))
        self.assertEqual(result["data"], b"2\n")

    def test_prints_arrive_again_after_descriptors_were_closed(self):
        driver = self.begin_run("import os\nprint('hello', flush=True)\nos.close(1)\nos.close(0)\nreturn mini_batch")
        paths = driver.folder.add_items(1)
        for number in range(3):
            driver.score(paths, number)
        self.assertEqual(driver.log.count("hello"), 3)

    def test_closing_and_replacing_stream_objects(self):
        self.score_after("import sys\nsys.stdout.close()\nsys.stderr = None")
        driver = self.begin_run("import sys\nprint('again')\nsys.stdout.close()\nreturn mini_batch")
        paths = driver.folder.add_items(1)
        driver.score(paths)
        driver.score(paths)
        self.assertEqual(driver.log.count("again"), 2)

    def test_standard_input_is_empty(self):
        self.assertEqual(self.run_body("import sys\nreturn [repr(sys.stdin.read())]")["data"], b"''\n")

    def test_any_text_can_be_printed_in_any_locale(self):
        driver = self.begin_run("print('\\udcff ü 😀')\nreturn [1]", environment={"LC_ALL": "C", "PYTHONUTF8": "0"})
        self.assertEqual(driver.score(driver.folder.add_items(1))["data"], b"1\n")
        self.assertIn("\\udcff ü 😀", driver.log)


class MonkeyPatchTest(WorkerTestCase):
    def test_patched_modules_do_not_reach_the_worker(self):
        script = """
            import builtins, json, os, signal, socket, struct, sys, time, zlib, traceback, io
            def refuse(*args, **kwargs): raise RuntimeError("patched")
            def init():
                for module in (json, struct, zlib, traceback, time, socket):
                    for name in dir(module):
                        if callable(getattr(module, name)) and not name.startswith("_") and name[0].islower():
                            setattr(module, name, refuse)
                json.JSONEncoder.default = json.JSONEncoder.iterencode = json.JSONDecoder.decode = refuse
                for name in ("stat", "lstat", "scandir", "rename", "kill", "getpid", "write", "lseek", "chdir",
                "umask"):
                    setattr(os, name, refuse)
                builtins.print = builtins.open = refuse
                signal.signal = refuse
                socket.socket.sendall = refuse
                sys.stdout = io.StringIO()
            def run(mini_batch):
                return [len(mini_batch)]
        """
        driver = self.begin(script)
        paths = driver.folder.add_items(2)
        for number in range(3):
            self.assertEqual(driver.score(paths, number).get("data"), b"2\n")
        self.assertEqual(driver.stop(), 0)

    def test_signal_handlers_and_default_timeouts_do_not_matter(self):
        script = """
            import signal, socket, sys
            def init():
                socket.setdefaulttimeout(0.000001)
                for number in (signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD, signal.SIGINT):
                    signal.signal(number, signal.SIG_DFL)
            def run(mini_batch): return mini_batch
        """
        driver = self.begin(script)
        self.assertEqual(driver.score(driver.folder.add_items(1))["rows"], 1)
        self.assertEqual(driver.stop(), 0)

    def test_interrupt_from_a_terminal_does_not_reach_the_script(self):
        driver = self.begin_run("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nreturn [1]")
        self.assertEqual(driver.score(driver.folder.add_items(1))["data"], b"1\n")


class SurroundingsTest(WorkerTestCase):
    def test_working_directory_and_umask_are_reset(self):
        body = """
            import os
            found = [os.getcwd(), os.umask(0)]
            os.chdir('/')
            return found
        """
        driver = self.begin_run(body)
        paths = driver.folder.add_items(1)
        first = driver.score(paths, 0)["data"]
        self.assertEqual(driver.score(paths, 1)["data"], first)

    def test_they_are_reset_after_a_failure_too(self):
        body = "import os\nprint(os.getcwd())\nos.chdir('/')\nraise ValueError"
        driver = self.begin_run(body)
        paths = driver.folder.add_items(1)
        driver.score(paths, 0)
        driver.score(paths, 1)
        self.assertEqual(driver.log.count(driver.folder.path("scratch") + "\n"), 2)

    def test_removed_working_directory_is_made_again(self):
        for away in ("", "\nos.chdir('/')"):
            driver = self.begin_run("import os, shutil\nshutil.rmtree(os.getcwd())%s\nreturn [1]" % away)
            paths = driver.folder.add_items(1)
            for number in range(2):
                self.assertEqual(driver.score(paths, number)["data"], b"1\n")

    def test_writes_in_the_working_directory_stay_there(self):
        result = self.run_body("open('note.txt', 'w').close()\nreturn [1]")
        self.assertNotIn("files", result["extra"])
        self.assertEqual(os.listdir(self.driver.folder.path("scratch")), ["note.txt"])

    def test_environment_locale_and_path_changes_do_no_harm(self):
        body = """
            import locale, os, sys
            os.environ.clear()
            sys.path.clear()
            sys.modules.pop('json', None)
            sys.setrecursionlimit(100)
            sys.argv = None
            return [1]
        """
        driver = self.begin_run(body)
        paths = driver.folder.add_items(1)
        for number in range(2):
            self.assertEqual(driver.score(paths, number)["data"], b"1\n")


class DescriptorsTest(WorkerTestCase):
    def test_socket_is_out_of_the_scripts_reach_and_not_inherited(self):
        probe = """
            import os
            links = [os.readlink("/proc/self/fd/" + name) for name in os.listdir("/proc/self/fd") if int(name) > 3]
            print([link for link in links if link.startswith("socket")])
        """
        body = """
            import os, subprocess, sys
            code = os.path.join(os.path.dirname(__file__), "probe.py")
            links = {int(n): os.path.realpath("/proc/self/fd/" + n) for n in os.listdir("/proc/self/fd")}
            low = [n for n, link in links.items() if n < 64 and "socket:" in link]
            return [low, subprocess.check_output([sys.executable, code], close_fds=False).decode().strip()]
        """
        driver = self.begin_run(body, files={"probe.py": probe})
        low, inherited = driver.score(driver.folder.add_items(1))["data"].decode().splitlines()
        self.assertEqual(inherited, "[]")
        self.assertEqual(low, "[]")

    def test_closing_low_descriptors_does_no_harm(self):
        self.assertEqual(self.run_body("import os\nos.closerange(3, 256)\nreturn [1]")["data"], b"1\n")

    def test_closing_all_descriptors_ends_the_worker_with_a_code_of_its_own(self):
        driver = self.begin_run("import os\nos.closerange(3, 4096)\nreturn [1]")
        driver.send_run((0, driver.folder.add_items(1)))
        with self.assertRaises(EOFError):
            driver.receive()
        self.assertEqual(driver.wait(), 77)

    def test_forked_child_that_comes_back_from_run_does_not_serve(self):
        driver = self.begin_run("import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)\nreturn [pid > 0]")
        paths = driver.folder.add_items(1)
        for number in range(3):
            self.assertEqual(driver.score(paths, number)["data"], b"True\n")

    def test_multiprocessing_works_in_the_script(self):
        script = """
            import multiprocessing
            def double(number): return number * 2
            def init(): pass
            def run(mini_batch):
                rows = []
                for method in ("fork", "spawn"):
                    with multiprocessing.get_context(method).Pool(1) as pool:
                        rows += pool.map(double, [1, 2])
                return rows
        """
        driver = self.begin(script)
        self.assertEqual(driver.score(driver.folder.add_items(1)).get("data"), b"2\n4\n2\n4\n")
