"""The stand-ins for Azure's packages: as batch scripts use them, and only where the real ones are not."""

from .small_driver import WorkerTestCase

SHIMS = """
    import os
    {imports}
    def init(): pass
    def run(mini_batch): return [{result}]
"""


class ShimTest(WorkerTestCase):
    def ask(self, imports, result, files=None, **options):
        """What the expressions give in a worker, as lines."""
        script = SHIMS.format(imports=imports.replace("\n", "\n    "), result=result)
        driver = self.begin(script, files, **options)
        return driver.score(driver.folder.add_items(1))["data"].decode().splitlines()

    def test_model_path_is_found_whatever_the_model_was_registered_as(self):
        files = {"models/one/digits.onnx": "x"}
        imports = "from azureml.core.model import Model\nfrom azureml.core import Model as Same\n"
        imports += (
            "here = os.path.dirname(os.path.abspath(__file__)) + '/models'\nos.environ['AZUREML_MODEL_DIR'] = here"
        )
        result = (
            "os.path.relpath(Model.get_model_path('registered', version=3), here),"
            "os.path.relpath(Model.get_model_path(model_name='digits'), here),"
            "os.path.relpath(Model(None, 'one').download(), here), Model is Same"
        )
        self.assertEqual(self.ask(imports, result, files), ["one", "one/digits.onnx", "one", "True"])

    def test_missing_model_is_an_exception_of_its_own(self):
        imports = (
            "from azureml.core import Model\nfrom azureml.exceptions import ModelNotFoundException\n"
            "os.environ.pop('AZUREML_MODEL_DIR', None)\n"
            "def find():\n    try:\n        Model.get_model_path('x')\n    except ModelNotFoundException as error:\n"
            "        return error.message"
        )
        self.assertIn("the job has no model", self.ask(imports, "find()")[0])

    def test_run_is_an_offline_run_that_logs_and_has_no_workspace(self):
        imports = "from azureml.core import Run\nfrom azureml.core.run import Run as Same\n"
        imports += "run_ = Run.get_context()\nrun_.log('rows', 7, description='d')\nrun_.log_row('r', a=1)"
        result = (
            "run_.experiment.workspace, run_.id[:11], Run.get_context() is run_, Run is Same, run_.get_metrics('rows')"
        )
        lines = self.ask(imports, result)
        self.assertEqual(lines, ["None", "OfflineRun_", "True", "True", "{'rows': 7}"])

    def test_entry_script_is_one_with_logger_and_working_folder(self):
        imports = (
            "from azureml_user.parallel_run import EntryScript\nEntryScript().logger.info('hello from the script')"
        )
        result = "EntryScript() is EntryScript(), EntryScript().working_dir == os.getcwd(), EntryScript().logger.level"
        driver = self.begin(
            SHIMS.format(imports=imports.replace("\n", "\n    "), result=result), argv=["--logging_level", "debug"]
        )
        data = driver.score(driver.folder.add_items(1))["data"].decode().splitlines()
        self.assertEqual(data, ["True", "True", "10"])
        self.assertIn("hello from the script", driver.log)

    def test_names_that_need_the_service_can_be_imported_and_say_so_when_used(self):
        imports = (
            "from azureml.core import Dataset, Workspace\n"
            "def use():\n    try:\n        Workspace.from_config()\n    except NotImplementedError as error:\n"
            "        return str(error)"
        )
        self.assertIn("azureml.core.Workspace.from_config needs Azure's service", self.ask(imports, "use()")[0])

    def test_installed_package_wins(self):
        files = {"azureml/__init__.py": "", "azureml/core/__init__.py": "class Model: mine = 'installed'\n"}
        self.assertEqual(self.ask("from azureml.core import Model", "Model.mine", files), ["installed"])

    def test_installed_part_wins_and_the_stand_in_fills_the_gap(self):
        # As azureml-mlflow installs it: a part of the name, without an __init__.py of its own.
        files = {
            "azureml/mlflow/__init__.py": "WHO = 'installed'\n",
            "azureml/exceptions.py": "WHO = 'installed'\nclass ModelNotFoundException(Exception): pass\n",
        }
        imports = "import azureml.mlflow\nimport azureml.exceptions\nfrom azureml.core.run import Run"
        result = "azureml.mlflow.WHO, azureml.exceptions.WHO, Run.__module__"
        self.assertEqual(self.ask(imports, result, files), ["installed", "installed", "azureml.core.run"])
