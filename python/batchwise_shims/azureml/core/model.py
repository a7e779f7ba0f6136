"""`Model.get_model_path` finds the job's model below AZUREML_MODEL_DIR."""

import os

from azureml.exceptions import ModelNotFoundException


class Model:
    """The job's model. There is one, so its name and version need not be known here."""

    def __init__(self, workspace=None, name=None, id=None, tags=None, properties=None, version=None, **options):
        self.workspace = workspace
        self.name = name
        self.id = id
        self.version = version
        self.tags = tags or {}
        self.properties = properties or {}

    @staticmethod
    def get_model_path(model_name, version=None, _workspace=None):
        """The path of the model's file or folder.

        An entry of this name, or of the name with an ending, counts first: a folder may hold several models. Otherwise
        the job's model is meant whatever it was registered as.
        """
        root = os.environ.get("AZUREML_MODEL_DIR")
        if not root:
            raise ModelNotFoundException("the job has no model: give one with --model, or in the deployment")
        for folder in [root] + list_folders(root):
            found = find_entry(folder, model_name)
            if found is not None:
                return found
        entries = sorted(os.listdir(root))
        if len(entries) == 1:
            return os.path.join(root, entries[0])
        found = "nothing is there" if not entries else "there are %s" % ", ".join(entries)
        raise ModelNotFoundException("looked for the model %r in %s, and %s" % (model_name, root, found))

    def download(self, target_dir=".", exist_ok=False, exists_ok=None):
        """The model is on this machine already: its path."""
        return Model.get_model_path(self.name)


def list_folders(root):
    return sorted(entry.path for entry in os.scandir(root) if entry.is_dir())


def find_entry(folder, name):
    names = sorted(os.listdir(folder))
    matches = [entry for entry in names if entry == name] or [
        entry for entry in names if os.path.splitext(entry)[0] == name
    ]
    return os.path.join(folder, matches[0]) if matches else None
