"""`from azureml.core import Model, Run, …`: the first two work, the others say that they are not there when used."""

from ._absent import make_absent
from .model import Model
from .run import Run

Dataset = make_absent("Dataset", "give the files as the job's input, and read the paths that run() gets")
Datastore = make_absent("Datastore", "give the files as the job's input, or read them by their path")
Environment = make_absent("Environment", "the environment is the deployment's")
Experiment = make_absent("Experiment", "a job has no experiment to log to")
Keyvault = make_absent("Keyvault", "put secrets into environment variables")
Workspace = make_absent("Workspace", "a job on this machine has no workspace")

__all__ = ["Dataset", "Datastore", "Environment", "Experiment", "Keyvault", "Model", "Run", "Workspace"]
__version__ = "0.0.0+batchwise"
