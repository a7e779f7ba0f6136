"""Files that the script writes below the output folder: they follow their attempt."""

import os

from .small_driver import WorkerTestCase

OUT = "import os\nOUT = os.environ['AZUREML_BI_OUTPUT_PATH']\n"


class StagingTest(WorkerTestCase):
    def begin_writer(self, body, init="pass"):
        """A worker whose run() has `out` (the output folder) and `name` (the first item's name)."""
        run = "out = OUT\nname = os.path.basename(mini_batch[0])\n" + body
        lines = "\n    ".join(run.strip().splitlines())
        return self.begin(OUT + "def init():\n    %s\ndef run(mini_batch):\n    %s\n    return [1]\n" % (init, lines))

    def list_taken(self, driver):
        root = driver.folder.path("take")
        found = {}
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                with open(path) as file:
                    found[os.path.relpath(path, root)] = file.read()
        return found

    def list_output(self, driver):
        return sorted(name for _, _, names in os.walk(driver.folder.path("output")) for name in names)

    def test_files_are_taken_after_each_run(self):
        body = "os.makedirs(out + '/part', exist_ok=True)\nwith open(out + '/part/' + name, 'w') as f: f.write('x' * 5)"
        driver = self.begin_writer(body)
        paths = driver.folder.add_items(3)
        for number, path in enumerate(paths):
            result = driver.score([path], number)
            self.assertEqual(result["extra"]["take"], "%d-1" % number)
            self.assertEqual(result["extra"]["files"], [["part/item%02d.txt" % number, 5]])
        expected = {"%d-1/part/item%02d.txt" % (number, number): "xxxxx" for number in range(3)}
        self.assertEqual(self.list_taken(driver), expected)
        self.assertEqual(self.list_output(driver), [])
        self.assertTrue(os.path.isdir(driver.folder.path("output", "part")))

    def test_more_files_than_a_result_can_name_fail_the_attempt(self):
        driver = self.begin_writer("for n in range(12_000): open(out + '/' + str(n) + 'x' * 20, 'w').close()")
        self.assert_failed(driver.score(driver.folder.add_items(1)), "output_file", "12000 files", "mini_batch_size")
        self.assertEqual(self.list_output(driver), [])

    def test_nothing_written_is_nothing_said(self):
        driver = self.begin_writer("pass")
        self.assertNotIn("take", driver.score(driver.folder.add_items(1))["extra"])

    def test_every_file_of_many_quick_runs_goes_with_its_own_mini_batch(self):
        # Within one tick of the file system's clock, where a folder's ctime does not tell.
        driver = self.begin_writer("if name < 'item05': open(out + '/' + name, 'w').close()")
        paths = driver.folder.add_items(10)
        driver.send_run(*[(number, [paths[number % 10]]) for number in range(400)])
        for result in driver.collect(400):
            name = "item%02d.txt" % (result["mini_batch"] % 10)
            expected = [[name, 0]] if name < "item05" else None
            self.assertEqual(result["extra"].get("files"), expected, result)

    def test_folder_that_was_quiet_for_long_is_still_watched(self):
        body = "import time\nif name == 'item01.txt': open(out + '/sub/' + name, 'w').close()\nelse: time.sleep(0.05)"
        driver = self.begin_writer(body, init="os.mkdir(OUT + '/sub')")
        paths = driver.folder.add_items(2)
        for number in range(3):
            self.assertNotIn("files", driver.score(paths[:1], number)["extra"])
        self.assertEqual(driver.score(paths[1:], 9)["extra"]["files"], [["sub/item01.txt", 0]])

    def test_copied_folder_times_do_not_hide_files(self):
        body = """
import shutil
os.makedirs("../source", exist_ok=True)
open("../source/file", "w").close()
os.utime("../source", (1, 1))
for n in os.listdir("../source"): shutil.copy("../source/" + n, out)
shutil.copystat("../source", out)
"""
        driver = self.begin_writer(body)
        paths = driver.folder.add_items(1)
        for number in range(3):
            self.assertEqual(driver.score(paths, number)["extra"].get("files"), [["file", 0]])

    def test_files_of_a_failed_attempt_are_deleted(self):
        driver = self.begin_writer("open(out + '/' + name, 'w').close()\nif name == 'item00.txt': raise ValueError")
        paths = driver.folder.add_items(2)
        self.assertEqual(driver.score(paths[:1])["reason"], "exception")
        self.assertEqual(self.list_output(driver), [])
        self.assertEqual(driver.score(paths[1:], 1)["extra"]["files"], [["item01.txt", 0]])
        self.assertEqual(list(self.list_taken(driver)), ["1-1/item01.txt"])

    def test_files_of_init_go_with_the_first_mini_batch_that_succeeds(self):
        body = "if name == 'item00.txt': raise ValueError"
        driver = self.begin_writer(body, init="open(OUT + '/labels', 'w').close()")
        paths = driver.folder.add_items(2)
        self.assertEqual(driver.score(paths[:1])["reason"], "exception")
        self.assertEqual(driver.score(paths[1:], 1)["extra"]["files"], [["labels", 0]])
        self.assertNotIn("files", driver.score(paths[1:], 2)["extra"])

    def test_open_file_fails_the_attempt(self):
        driver = self.begin_writer("global f\nf = open(out + '/' + name, 'w')\nif name == 'item01.txt': f.close()")
        paths = driver.folder.add_items(2)
        self.assert_failed(driver.score(paths[:1]), "output_file", "item00.txt", "still open", "close it")
        self.assertEqual(self.list_output(driver), [])
        self.assertEqual(driver.score(paths[1:], 1)["extra"]["files"], [["item01.txt", 0]])

    def test_file_open_in_a_child_process_fails_the_attempt(self):
        body = """
import subprocess, sys
code = "import sys, time; f = open(sys.argv[1], 'w'); print('open', flush=True); time.sleep(1000)"
child = subprocess.Popen([sys.executable, "-c", code, out + "/" + name], stdout=subprocess.PIPE)
child.stdout.readline()
"""
        driver = self.begin_writer(body)
        self.assert_failed(driver.score(driver.folder.add_items(1)), "output_file", "still open", "in process")

    def test_file_open_for_reading_only_is_taken(self):
        driver = self.begin_writer("global f\nopen(out + '/a', 'w').close()\nf = open(out + '/a')")
        self.assertEqual(driver.score(driver.folder.add_items(1))["extra"]["files"], [["a", 0]])

    def test_open_file_in_a_reference_cycle_fails_the_attempt_rather_than_lose_its_buffer(self):
        body = "import gc\ngc.disable()\nbox = [open(out + '/a', 'w')]\nbox[0].write('text')\nbox.append(box)\ndel box"
        driver = self.begin_writer(body)
        self.assert_failed(driver.score(driver.folder.add_items(1)), "output_file", "still open")

    def test_links_and_pipes_are_refused_and_removed(self):
        for body, word in (
            ("os.symlink('/etc/hostname', out + '/a')", "symbolic link"),
            ("os.mkfifo(out + '/a')", "pipe"),
        ):
            driver = self.begin_writer(body)
            self.assert_failed(driver.score(driver.folder.add_items(1)), "output_file", '"a"', word)
            self.assertEqual(self.list_output(driver), [])

    def test_link_to_a_folder_is_not_followed(self):
        driver = self.begin_writer("os.symlink('/etc', out + '/etc')")
        self.assert_failed(driver.score(driver.folder.add_items(1)), "output_file", "symbolic link")
        self.assertTrue(os.path.isdir("/etc"))

    def test_removed_output_folder_is_made_again(self):
        driver = self.begin_writer("import shutil\nshutil.rmtree(out)")
        paths = driver.folder.add_items(1)
        for number in range(2):
            self.assertEqual(driver.score(paths, number).get("data"), b"1\n")
        self.assertTrue(os.path.isdir(driver.folder.path("output")))

    def test_odd_file_names_are_taken(self):
        driver = self.begin_writer("open(os.fsencode(out) + b'/bad\\xff \\n', 'w').close()")
        self.assertEqual(driver.score(driver.folder.add_items(1))["extra"]["files"], [["bad\udcff \n", 0]])

    def test_what_an_earlier_driver_left_under_the_name_is_cleared(self):
        driver = self.begin_writer("open(out + '/new', 'w').close()")
        os.makedirs(driver.folder.path("take", "0-1", "sub"))
        for name in ("old", "sub/old"):
            with open(driver.folder.path("take", "0-1", name), "w"):
                pass
        driver.score(driver.folder.add_items(1))
        self.assertEqual(list(self.list_taken(driver)), ["0-1/new"])
