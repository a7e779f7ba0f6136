"""`EntryScript`: the logger and the folders of the process that runs the script."""

import logging
import os
import sys


class EntryScript:
    """One for the process, however often it is made."""

    _only = None

    def __new__(cls, *args, **kwargs):
        if cls._only is None:
            cls._only = super().__new__(cls)
            cls._only.logger = build_logger()
            cls._only.working_dir = os.getcwd()
        return cls._only

    @property
    def output_dir(self):
        """Where the job's output goes."""
        return os.environ.get("AZUREML_BI_OUTPUT_PATH")

    @property
    def log_dir(self):
        """What is written to the log stands in the worker's log file; files of the script's own go to its folder."""
        return self.working_dir


def build_logger():
    """Writes to standard error, which is the worker's log, at the level that the deployment asks for."""
    logger = logging.getLogger("azureml_user.parallel_run")
    logger.setLevel(read_level(sys.argv))
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s|%(levelname)s|%(process)d|%(message)s"))
        logger.addHandler(handler)
    logger.propagate = False
    return logger


def read_level(arguments):
    """Of `--logging_level`, which each script gets."""
    for name, value in zip(arguments, arguments[1:]):
        if name == "--logging_level":
            return getattr(logging, value.upper(), logging.INFO)
    return logging.INFO
