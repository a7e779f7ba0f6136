"""batchwise_lint under each Python: its answer is JSON, and what newer Pythons added is understood where it is read."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

LINT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "batchwise_lint")


def lint(text, *options):
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "score.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        output = subprocess.run(
            [sys.executable, LINT, script, folder] + list(options), stdout=subprocess.PIPE, check=True, timeout=60
        ).stdout
    return json.loads(output.decode())


def rules_of(answer):
    return [(each["rule"], each["line"]) for each in answer["findings"]]


class Lint(unittest.TestCase):
    def test_finds_each_family_of_mistakes(self):
        answer = lint(
            """\
            import argparse, os, pickle
            def init():
                model = 1
                argparse.ArgumentParser().parse_args()
            def run(mini_batch):
                open("labels.txt")
                pickle.load(open(os.environ["AZUREML_MODEL_DIR"] + "/m/x.pkl", "rb"))
                open(os.environ["AZUREML_BI_OUTPUT_PATH"] + "/out.csv", "w")
                if model:
                    return "text"
            """
        )
        expected = [
            ("parse-args", 4),
            ("wrong-return-type", 10),
            ("returns-none", 9),
            ("forgotten-global", 3),
            ("fixed-output-file", 8),
            ("relative-path", 6),
            ("load-in-run", 7),
        ]
        self.assertEqual(sorted(rules_of(answer)), sorted(expected))
        self.assertEqual([each["parts"] for each in answer["modelPaths"]], [["m", "x.pkl"]])
        self.assertEqual(answer["python"], ".".join(map(str, sys.version_info[:3])))

    def test_a_script_that_cannot_be_read_is_an_answer(self):
        answer = lint("def init():\n    pass\n\ndef run(mini_batch:\n    return 1\n")
        self.assertEqual(rules_of(answer)[0][0], "script-syntax")

    def test_syntax_is_judged_by_the_python_that_reads(self):
        text = "def init():\n    pass\n\ndef run(m):\n    match m:\n        case [*_]:\n            return m\n"
        text += "        case _:\n            return []\n"
        found = rules_of(lint(text))
        self.assertEqual(found, [] if sys.version_info >= (3, 10) else [("script-syntax", 5)])

    def test_modules_are_told_apart(self):
        text = "import json, xml.dom, numpy.linalg\ndef init(): pass\ndef run(m): return m\n"
        modules = [(each["module"], each["installed"]) for each in lint(text)["imports"]]
        self.assertEqual(modules, [("numpy.linalg", None)])
        text = "import batchwise_worker, no_such_module_of_ours\ndef init(): pass\ndef run(m): return m\n"
        # The folder of the linter is none that a script's modules are found in.
        found = [(each["module"], each["installed"]) for each in lint(text, "--installed")["imports"]]
        self.assertEqual(found, [("batchwise_worker", False), ("no_such_module_of_ours", False)])

    def test_nothing_of_the_script_runs(self):
        answer = lint("raise SystemExit(3)\ndef init(): pass\ndef run(m): return m\n", "--installed")
        self.assertEqual(answer["findings"], [])

    def test_names_that_are_read_before_they_are_set(self):
        head = "def init():\n    global names\n    names = None\n\n"
        body = "    if not names:\n        names = [1]\n    return names\n"
        self.assertEqual(rules_of(lint(head + "def run(m):\n" + body)), [("forgotten-global", 6)])
        self.assertEqual(rules_of(lint(head + "def run(m):\n    global names\n" + body)), [])
        self.assertEqual(rules_of(lint(head + "def run(m):\n    names = m\n" + body)), [])
        self.assertEqual(rules_of(lint(head + "def run(m):\n    return [names for names in m]\n")), [])

    def test_long_expressions_are_walked(self):
        text = "PATH = " + " + ".join(['"a"'] * 2000) + "\ndef init(): pass\ndef run(m): return m\n"
        self.assertIn(rules_of(lint(text)), ([], [("script-syntax", 1)]))
        many = "\n".join("def f%d(x): return f%d(x)" % (number, number + 1) for number in range(1000))
        text = many + "\ndef f1000(x): return x\ndef init(): pass\ndef run(m): return f0(m)\n"
        self.assertEqual(rules_of(lint(text)), [])


if __name__ == "__main__":
    unittest.main()
