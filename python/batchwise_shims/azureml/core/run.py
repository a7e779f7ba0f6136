"""`Run.get_context()` gives what it gives offline: a run that logs to the worker's log and knows no workspace."""

import uuid


class Experiment:
    """Of an offline run: a name, and no workspace."""

    name = "offline"
    id = None
    workspace = None


class Run:
    """An offline run. What is logged is printed, so it stands in the worker's log."""

    _context = None

    def __init__(self, experiment=None, run_id=None, **options):
        self.id = run_id or "OfflineRun_%s" % uuid.uuid4()
        self.number = 1
        self.experiment = experiment or Experiment()
        self.parent = None
        self.display_name = self.id
        self.status = "Running"
        self.tags = {}
        self.properties = {}
        self.input_datasets = {}
        self.output_datasets = {}
        self._metrics = {}

    @classmethod
    def get_context(cls, allow_offline=True, used_for_context_manager=False, **options):
        """Always the same run."""
        if Run._context is None:
            Run._context = cls()
        return Run._context

    @property
    def run_id(self):
        return self.id

    @property
    def name(self):
        return self.id

    def log(self, name, value, description="", step=None, **options):
        self._note("scalar", name, value)

    def log_list(self, name, value, description="", **options):
        self._note("list", name, value)

    def log_row(self, name, description="", **values):
        self._note("row", name, values)

    def log_table(self, name, value, description="", **options):
        self._note("table", name, value)

    def log_image(self, name, path=None, plot=None, description="", **options):
        self._note("image", name, path if path is not None else "a plot")

    def log_confusion_matrix(self, name, value, description="", **options):
        self._note("confusion matrix", name, value)

    def log_accuracy_table(self, name, value, description="", **options):
        self._note("accuracy table", name, value)

    def log_predictions(self, name, value, description="", **options):
        self._note("predictions", name, value)

    def log_residuals(self, name, value, description="", **options):
        self._note("residuals", name, value)

    def get_metrics(self, name=None, **options):
        return {name: self._metrics[name]} if name in self._metrics else dict(self._metrics)

    def tag(self, key, value=None):
        self.tags[key] = value

    def set_tags(self, tags):
        self.tags = dict(tags)

    def add_properties(self, properties):
        self.properties.update(properties)

    def get_tags(self):
        return dict(self.tags)

    def get_properties(self):
        return dict(self.properties)

    def get_details(self):
        return {"runId": self.id, "status": self.status, "properties": dict(self.properties)}

    def get_status(self):
        return self.status

    def flush(self, timeout_seconds=300):
        return True

    def complete(self, _set_status=True):
        self.status = "Completed"

    def fail(self, error_details=None, error_code=None, _set_status=True):
        self.status = "Failed"
        if error_details is not None:
            self._note("error", error_code or "run", error_details)

    def upload_file(self, name, path_or_stream, datastore_name=None):
        self._keep_here("upload_file", name)

    def upload_files(self, names, paths, **options):
        self._keep_here("upload_files", ", ".join(names))

    def upload_folder(self, name, path, datastore_name=None):
        self._keep_here("upload_folder", name)

    def child_run(self, name=None, run_id=None, **options):
        child = type(self)(self.experiment, run_id)
        child.parent = self
        return child

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.fail(error) if kind else self.complete()

    def _note(self, kind, name, value):
        known = self._metrics.get(name)
        if kind == "scalar" and name in self._metrics:
            self._metrics[name] = (known if isinstance(known, list) else [known]) + [value]
        else:
            self._metrics[name] = value
        print("Attempted to log %s metric %s:\n%s" % (kind, name, value))

    def _keep_here(self, method, name):
        print("run.%s: %s stays where it is; files for the output go below AZUREML_BI_OUTPUT_PATH" % (method, name))


_OfflineRun = Run
