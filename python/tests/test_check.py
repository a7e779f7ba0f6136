"""The static check of a script, run as the command line runs it."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

from .small_driver import WORKER_FOLDER

CHECK = os.path.join(WORKER_FOLDER, "check.py")


class CheckTest(unittest.TestCase):
    def check(self, script, python=sys.executable):
        with tempfile.TemporaryDirectory(prefix="bw-check-") as folder:
            path = os.path.join(folder, "score.py")
            with open(path, "wb") as file:
                file.write(script if isinstance(script, bytes) else textwrap.dedent(script).encode())
            return self.run_check(path, python)

    def run_check(self, path, python=sys.executable):
        done = subprocess.run([python, "-S", CHECK, path, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return json.loads(done.stdout.decode())

    def assert_problem(self, script, kind, line, *words):
        answer = self.check(script)
        self.assertFalse(answer["ok"])
        error = answer["error"]
        self.assertEqual((error["kind"], error["line"]), (kind, line), error)
        for word in words:
            self.assertIn(word, error["message"])
        return error

    def test_good_script(self):
        answer = self.check("def init(): pass\ndef run(mini_batch): return []")
        self.assertEqual((answer["ok"], answer["error"]), (True, None))
        self.assertEqual(answer["python"], ".".join(map(str, sys.version_info[:3])))
        self.assertEqual((answer["executable"], answer["prefix"]), (sys.executable, sys.base_prefix))

    def test_names_bound_in_other_ways_are_present(self):
        for script in (
            "from elsewhere import init, run",
            "from elsewhere import *",
            "import init, run.inner",
            "import a as init, b as run",
            "init = run = None",
            "(init, [run, *rest]) = make()",
            "init: object = 1\nrun: object = 2",
            "class init: pass\nclass run: pass",
            "try:\n    from fast import init, run\nexcept ImportError:\n    from slow import init, run",
            "if x:\n    def init(a): pass\n    def run(): pass\nelse:\n    def init(): pass\n    def run(m): pass",
            "with open('x') as init: pass\nfor run in y: pass",
            "print(init := 1, run := 2)\ninit = 1\nrun = 1",
            "import w\n@w.wrap\ndef init(a, b): pass\n@w.wrap\ndef run(): pass",
        ):
            self.assertEqual(self.check(script)["error"], None, script)

    def test_wrong_scripts(self):
        good = "def init(): pass\n"
        self.assert_problem("def run(m): pass", "no_init", None, "init()")
        self.assert_problem(good, "no_run", None, "run(mini_batch)")
        self.assert_problem("def outer():\n    def init(): pass\ndef run(m): pass", "no_init", None)
        self.assert_problem("", "no_init", None)
        self.assert_problem(good + "async def run(m): pass", "async", 2, "run()")
        self.assert_problem("async def init(): pass\ndef run(m): pass", "async", 1, "init()")

    def test_arity(self):
        right = ("m", "m, c", "m, c=1", "*m", "m, *rest", "m, c, d=1", "m, *, k=1", "m, *, mini_batch_context", "m=1")
        for arguments in right:
            self.assertEqual(self.check("def init(): pass\ndef run(%s): pass" % arguments)["error"], None, arguments)
        for arguments in ("", "a, b, c", "a, *, key", "*, a", "**k"):
            self.assert_problem("def init(): pass\ndef run(%s): pass" % arguments, "arity", 2, "run(mini_batch)")
        for arguments in ("a=1", "*a", "**k"):
            self.assertEqual(self.check("def run(m): pass\ndef init(%s): pass" % arguments)["error"], None, arguments)
        error = self.assert_problem("def run(m): pass\ndef init(model): pass", "arity", 2, "needs 1 argument")
        self.assertEqual((error["column"], error["text"]), (1, "def init(model): pass"))

    def test_syntax_errors_name_line_and_column(self):
        error = self.assert_problem("def init(): pass\nx = = 1\n", "syntax", 2, "invalid syntax")
        self.assertEqual((error["column"], error["text"].strip()), (5, "x = = 1"))
        self.assert_problem("def init(): pass\nreturn 1\n", "syntax", 2, "outside function")
        self.assert_problem("if x:\npass\n", "syntax", 2, "IndentationError")
        self.assert_problem("x = '\\N{no such name}'\n", "syntax", 1)

    def test_encodings(self):
        good = "def init(): pass\ndef run(m): return 'é'\n"
        for script in (b"\xef\xbb\xbf" + good.encode(), b"# coding: latin-1\n" + good.encode("latin-1")):
            self.assertEqual(self.check(script)["error"], None)
        for script in (good.encode("latin-1"), b"# coding: no-such\n" + good.encode(), b"x = 1\0\n"):
            self.assertEqual(self.check(script)["error"]["kind"], "encoding", script)

    def test_files_that_are_none(self):
        self.assertEqual(self.run_check("/no/such/score.py")["error"]["kind"], "not_found")
        self.assertEqual(self.run_check(os.path.dirname(CHECK))["error"]["kind"], "not_found")
        self.assertEqual(self.run_check("")["error"]["kind"], "not_found")

    def test_nothing_of_the_script_runs_and_warnings_are_silent(self):
        self.assertEqual(self.check("raise SystemExit\ndef init(): pass\ndef run(m): '\\d'; assert (1, 2)")["ok"], True)

    def test_syntax_is_old_enough_to_refuse_old_pythons(self):
        # Whether or not an old Python is here: nothing that Python 2 or 3.5 could not parse.
        for name in ("check.py", "__main__.py"):
            with open(os.path.join(WORKER_FOLDER, name)) as file:
                source = file.read()
            self.assertTrue(source.isascii())
            compile(source, name, "exec", dont_inherit=True)
            import ast

            tree = ast.parse(source, feature_version=(3, 4))
            kinds = {type(node).__name__ for node in ast.walk(tree)}
            self.assertEqual(kinds & {"JoinedStr", "AnnAssign", "NamedExpr", "AsyncFunctionDef", "Nonlocal"}, set())
            raises = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
            self.assertEqual([node.lineno for node in raises if node.cause is not None], [])
