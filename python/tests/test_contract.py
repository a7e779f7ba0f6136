"""The script contract of the design, section 3: a test for each of its rows that the worker keeps."""

import os
import sys

from .small_driver import WorkerTestCase

NO_OP = """
def init():
    pass

def run(mini_batch):
    return mini_batch
"""


class LoadingTest(WorkerTestCase):
    def test_script_is_loaded_under_its_own_name_with_its_siblings(self):
        script = """
            import pickle
            import sys
            import helper
            from package.inner import answer

            class Model:
                pass

            if __name__ == "__main__":
                raise AssertionError("must not run")

            def init():
                global model
                model = pickle.loads(pickle.dumps(Model()))

            def run(mini_batch):
                return [__name__, __file__, type(model).__module__, helper.answer(), answer, sys.path[0]]
        """
        files = {
            "helper.py": "def answer():\n    return 42\n",
            "package/__init__.py": "",
            "package/inner.py": "answer = 43\n",
        }
        driver = self.begin(script, files)
        data = driver.score(driver.folder.add_items(1))["data"].decode().splitlines()
        code = driver.folder.path("code")
        self.assertEqual(data, ["score", code + "/score.py", "score", "42", "43", code])

    def test_modules_called_like_ours_are_the_scripts_own(self):
        script = """
            import wire, outputs, items, worker, state
            def init(): pass
            def run(mini_batch): return [wire.MINE, outputs.MINE, items.MINE, worker.MINE, state.MINE]
        """
        names = ("wire", "outputs", "items", "worker", "state")
        driver = self.begin(script, {name + ".py": "MINE = '%s'\n" % name for name in names})
        data = driver.score(driver.folder.add_items(1))["data"].decode()
        self.assertEqual(data.split(), list(names))

    def test_code_folder_is_never_written_to(self):
        driver = self.begin("import helper\n" + NO_OP, {"helper.py": ""})
        driver.stop()
        self.assertEqual(sorted(os.listdir(driver.folder.path("code"))), ["helper.py", "score.py"])

    def test_script_in_a_folder_of_its_own_finds_siblings_and_the_code_folder(self):
        script = """
            import beside, above
            def init(): pass
            def run(mini_batch): return [beside.NAME, above.NAME]
        """
        driver = self.start(NO_OP, {"above.py": "NAME = 'above'\n", "src/beside.py": "NAME = 'beside'\n"})
        driver.folder.write_code("src/score.py", script)
        driver.start_keys = {"script": driver.folder.path("code", "src", "score.py")}
        self.assertEqual(driver.begin()["t"], "ready")
        self.assertEqual(driver.score(driver.folder.add_items(1))["data"], b"beside\nabove\n")

    def test_script_called_like_a_loaded_module_leaves_that_one_alone(self):
        driver = self.start(NO_OP, {"json.py": "import json\n" + NO_OP.replace("mini_batch\n", "[json.dumps(1)]\n")})
        driver.start_keys = {"script": driver.folder.path("code", "json.py")}
        self.assertEqual(driver.begin()["t"], "ready")

    def test_working_directory_is_the_scratch_folder_already_while_loading(self):
        driver = self.begin("import os\nHERE = os.getcwd()\n" + NO_OP.replace("mini_batch\n", "[HERE, os.getcwd()]\n"))
        data = driver.score(driver.folder.add_items(1))["data"].decode()
        self.assertEqual(data.split(), [driver.folder.path("scratch")] * 2)

    def test_arguments_are_the_scripts(self):
        script = """
            import argparse, sys
            parser = argparse.ArgumentParser()
            parser.add_argument("--logging_level")
            parser.add_argument("--threshold", type=float)
            known, _ = parser.parse_known_args()
            def init(): pass
            def run(mini_batch): return [known.logging_level, known.threshold, sys.argv[0]]
        """
        driver = self.begin(script, argv=["--logging_level", "info", "--threshold", "0.5", "more"])
        data = driver.score(driver.folder.add_items(1))["data"].decode().split()
        self.assertEqual(data, ["info", "0.5", driver.folder.path("code", "score.py")])

    def test_environment_is_there_before_the_script_is_loaded(self):
        script = "import os\nMODEL = os.environ['AZUREML_MODEL_DIR']\n" + NO_OP.replace("mini_batch\n", "[MODEL]\n")
        driver = self.begin(script, entry_env={"AZUREML_MODEL_DIR": "/models/a"})
        self.assertEqual(driver.score(driver.folder.add_items(1))["data"], b"/models/a\n")

    def test_init_is_called_once_on_the_main_thread(self):
        script = """
            import threading
            calls = []
            def init(): calls.append(threading.current_thread() is threading.main_thread())
            def run(mini_batch): return [calls]
        """
        driver = self.begin(script)
        paths = driver.folder.add_items(1)
        driver.send_run((0, paths), (1, paths))
        self.assertEqual([result["data"] for result in driver.collect(2)], [b"[True]\n"] * 2)

    def test_worker_says_what_python_it_is(self):
        driver = self.start(NO_OP)
        driver.begin()
        self.assertEqual(driver.hello["protocol"], 1)
        self.assertEqual(driver.hello["python"], sys.version.split()[0])
        self.assertEqual(driver.hello["executable"], sys.executable)
        self.assertGreater(driver.hello["pid"], 0)


class BrokenScriptTest(WorkerTestCase):
    def assert_broken(self, script, stage, *words):
        driver = self.start(script)
        header = driver.begin()
        self.assertEqual((header["t"], header["stage"]), ("broken", stage), header)
        for word in words:
            self.assertIn(word, header["error"]["message"])
        self.assertEqual(driver.wait(), 0)
        self.assertNotIn("batchwise_worker", header["error"]["traceback"])
        self.assertNotIn("importlib", header["error"]["traceback"])
        return header["error"]

    def test_missing_functions_are_named(self):
        self.assert_broken("def run(mini_batch): return []", "load", "score.py has no function init")
        self.assert_broken("def init(): pass", "load", "score.py has no function run")
        self.assert_broken("def init(): pass\nrun = 3", "load", "run in score.py is of type int")
        self.assert_broken("def init(): pass\nasync def run(m): pass", "load", "async function")

    def test_syntax_error_shows_the_line(self):
        error = self.assert_broken("def init(:\n  pass", "load")
        self.assertEqual(error["type"], "SyntaxError")
        self.assertIn("def init(:", error["traceback"])

    def test_import_error_shows_where(self):
        error = self.assert_broken("import no_such_module_at_all", "load", "no_such_module_at_all")
        self.assertIn("score.py", error["traceback"])

    def test_init_that_raises(self):
        script = "def init():\n    return {}['model.onnx']\ndef run(m): return m"
        error = self.assert_broken(script, "init", "model.onnx")
        self.assertEqual(error["type"], "KeyError")
        self.assertIn("return {}['model.onnx']", error["traceback"])

    def test_init_that_exits(self):
        error = self.assert_broken("import sys\ndef init(): sys.exit(4)\ndef run(m): return m", "init", "sys.exit(4)")
        self.assertEqual(error["type"], "SystemExit")

    def test_init_that_ends_the_process_ends_it_with_its_exit_code(self):
        driver = self.start("import os\ndef init(): os._exit(7)\ndef run(m): return m")
        with self.assertRaises(EOFError):
            driver.begin()
        self.assertEqual(driver.wait(), 7)

    def test_broken_log_range_holds_what_was_printed(self):
        driver = self.start("def init():\n    print('loading')\n    raise ValueError\ndef run(m): return m")
        header = driver.begin()
        start, end = header["log"]
        self.assertIn("loading", driver.log[start:end])
        self.assertIn("ValueError", driver.log[start:end])


class RunTest(WorkerTestCase):
    def test_run_gets_a_list_of_absolute_paths(self):
        result = self.run_body("return [(type(mini_batch) is list, type(p) is str, p) for p in mini_batch]")
        expected = [(True, True, path) for path in self.driver.folder.add_items(2)]
        self.assertEqual(result["data"].decode().splitlines(), [str(row) for row in expected])

    def test_second_parameter_gets_the_mini_batch_context(self):
        signatures = [
            "mini_batch, context",
            "mini_batch, mini_batch_context=None",
            "mini_batch, *, mini_batch_context",
        ]
        for signature in signatures:
            name = (
                "context" if "context" in signature and "mini_batch_context" not in signature else "mini_batch_context"
            )
            body = "[%s.minibatch_index, %s.partition_key_value, repr(%s)[:16]]" % (name, name, name)
            driver = self.begin("def init(): pass\ndef run(%s): return %s" % (signature, body))
            result = driver.score(driver.folder.add_items(1), 17)
            self.assertEqual(result["data"], b"17\nNone\nMiniBatchContext\n", signature)

    def test_context_names_the_items_and_the_format(self):
        body = "[' '.join(context.item_names), context.output_format]"
        driver = self.begin("def init(): pass\ndef run(mini_batch, context): return %s" % body)
        paths = driver.folder.add_items(2)
        data = driver.score(paths)["data"].decode().splitlines()
        self.assertEqual(len(data), 2)
        self.assertEqual(
            [os.path.basename(name) for name in data[0].split()], [os.path.basename(path) for path in paths]
        )
        self.assertEqual(data[1], "azureml")

    def test_refused_items_are_named_with_their_reason_and_the_rest_counts_as_scored(self):
        script = """
            import os
            def init(): pass
            def run(mini_batch, context):
                if context.minibatch_index == 0:
                    os.remove(mini_batch[0].replace("item04", "item00"))
                    return mini_batch
                context.refuse_item(1, "no picture")
                context.scored_items = 99
                return ["a row"]
        """
        driver = self.begin(script)
        paths = driver.folder.add_items(5)
        driver.send_run((0, paths[4:]), (1, paths[:4]))
        result = driver.collect(2)[1]
        # The first is gone, so the second of the files that run() got is the third of the mini-batch.
        excluded = result["extra"]["excluded"]
        self.assertEqual([entry[:2] for entry in excluded], [[0, "vanished"], [2, "refused"]])
        self.assertEqual(excluded[1][2], "no picture")
        self.assertEqual(result["scored"], 2)

    def test_refusing_an_item_that_is_not_there_fails_the_attempt(self):
        script = "def init(): pass\ndef run(mini_batch, context): return [context.refuse_item(1, 'x')]"
        driver = self.begin(script)
        result = driver.score(driver.folder.add_items(1))
        self.assert_failed(result, "exception", "1 items")

    def test_a_second_parameter_of_the_scripts_own_keeps_its_default(self):
        driver = self.begin("def init(): pass\ndef run(mini_batch, verbose=False): return [verbose]")
        self.assertEqual(driver.score(driver.folder.add_items(1))["data"], b"False\n")

    def test_decorated_run_is_seen_through(self):
        script = """
            import functools
            def log(function):
                @functools.wraps(function)
                def wrapper(*args, **kwargs):
                    return function(*args, **kwargs)
                return wrapper
            def init(): pass
            @log
            def run(mini_batch, context): return [context.minibatch_index]
        """
        driver = self.begin(script)
        self.assertEqual(driver.score(driver.folder.add_items(1), 5)["data"], b"5\n")

    def test_counting(self):
        for returned, scored in (("[1]", 1), ("[1, 2, 3]", 3), ("[1, 2, 3, 4, 5]", 3), ("[]", 0)):
            result = self.run_body("return %s" % returned, items=3)
            self.assertEqual((result["elements"], result["scored"]), (len(eval(returned)), scored), returned)

    def test_times_are_of_run_alone(self):
        result = self.run_body("import time\ntime.sleep(0.05)\nreturn mini_batch")
        self.assertGreaterEqual(result["run_us"], 50_000)
        self.assertLess(result["cpu_us"], 40_000)
        self.assertGreater(result["started_us"], 1_600_000_000_000_000)
        self.assertGreater(result["extra"]["max_rss"], 1 << 20)

    def test_summary_only_counts_and_writes_nothing(self):
        result = self.run_body("return mini_batch", output_action="summary_only")
        self.assertEqual((result["elements"], result["rows"], result["data"]), (2, 0, b""))
        result = self.run_body("return (p for p in mini_batch)", output_action="summary_only")
        self.assertEqual((result["elements"], result["rows"], result["data"]), (2, 0, b""))

    def test_shutdown_is_called_once_before_the_exit(self):
        script = NO_OP + "\ndef shutdown():\n    print('closing down')\n"
        driver = self.begin(script)
        self.assertEqual(driver.stop(), 0)
        self.assertEqual(driver.log.count("closing down"), 1)

    def test_failing_shutdown_is_logged_and_the_exit_is_in_order(self):
        for failure in ("raise ValueError('no disk')", "raise SystemExit(9)"):
            driver = self.begin(NO_OP + "\ndef shutdown():\n    %s\n" % failure)
            self.assertEqual(driver.stop(), 0)
            self.assertIn("the script failed in shutdown", driver.log)

    def test_exit_handlers_of_the_script_run(self):
        driver = self.begin("import atexit\natexit.register(print, 'at exit')\n" + NO_OP)
        self.assertEqual(driver.stop(), 0)
        self.assertIn("at exit", driver.log)

    def test_end_of_the_stream_ends_the_worker_without_shutdown(self):
        driver = self.begin(NO_OP + "\ndef shutdown():\n    print('closing down')\n")
        driver.close()
        self.assertNotIn("closing down", driver.log)

    def test_prints_go_to_the_log_and_each_attempt_has_its_range(self):
        body = "import sys\nprint('out', len(mini_batch), end='')\nprint('err', file=sys.stderr)\nreturn mini_batch"
        driver = self.begin_run(body)
        paths = driver.folder.add_items(3)
        driver.send_run((0, paths[:1]), (1, paths[:2]), (2, paths))
        results = driver.collect(3)
        texts = [driver.log[result["log_start"] : result["log_end"]] for result in results]
        # Which of the two streams comes first depends on their buffers, and so on the environment.
        for number, text in enumerate(texts, 1):
            self.assertIn(text, ("out %derr\n" % number, "err\nout %d" % number))


class QueueTest(WorkerTestCase):
    def test_results_come_in_the_order_given(self):
        driver = self.begin_run("return [len(mini_batch)]")
        paths = driver.folder.add_items(5)
        driver.send_run(*[(number, paths[: number % 5 + 1]) for number in range(200)])
        results = driver.collect(200)
        self.assertEqual([result["mini_batch"] for result in results], list(range(200)))
        self.assertEqual([int(result["data"]) for result in results], [number % 5 + 1 for number in range(200)])

    def test_drop_gives_back_what_has_not_started(self):
        driver = self.begin_run("open('started', 'w').close()\nopen(mini_batch[0]).read()\nreturn mini_batch")
        fifo = driver.folder.path("input", "fifo")
        os.mkfifo(fifo)
        item = driver.folder.add_items(1)
        driver.send_run((0, [fifo]), (1, item), (2, item, 3))
        with open(fifo, "w"):  # waits until run() has opened it too
            driver.send({"t": "drop"})
        self.assertEqual([result["mini_batch"] for result in driver.collect(1)], [0])
        header, _ = driver.receive()
        self.assertEqual(header, {"t": "dropped", "b": [[1, 1], [2, 3]]})
        self.assertEqual(driver.score(item, 9)["mini_batch"], 9)

    def test_stop_finishes_the_running_one_and_drops_the_rest(self):
        driver = self.begin_run("open(mini_batch[0]).read()\nreturn mini_batch")
        fifo = driver.folder.path("input", "fifo")
        os.mkfifo(fifo)
        driver.send_run((0, [fifo]), (1, driver.folder.add_items(1)))
        with open(fifo, "w"):
            driver.send({"t": "stop"})
        self.assertEqual([result["mini_batch"] for result in driver.collect(1)], [0])
        with self.assertRaises(EOFError):
            driver.receive()
        self.assertEqual(driver.wait(), 0)

    def test_state_file_follows_the_phases(self):
        script = """
            import struct
            def read():
                words = struct.unpack("<QIIqQQQ", open(STATE, "rb").read())
                return words[0] == words[6], words[1:4], words[4] > 0
            def init():
                global STATE, in_init
                STATE = open("../state").name
                in_init = read()
            def run(mini_batch): return [in_init, read()]
            def shutdown(): print(read())
        """
        driver = self.begin(script)
        driver.send_run((3, driver.folder.add_items(1), 2))
        data = driver.collect(1)[0]["data"].decode().splitlines()
        self.assertEqual(data, ["(True, (1, 0, -1), True)", "(True, (4, 2, 3), True)"])
        driver.stop()
        self.assertIn("(True, (6, 0, -1), True)", driver.log)
