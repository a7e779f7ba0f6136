"""Stands in for Azure ML's SDK v1 where that is not installed, with what batch scoring scripts use of it.

This folder is the last on sys.path, so an installed `azureml.core` wins. The SDK is made of several packages that share
the name `azureml`; a script's environment may have one (azureml-mlflow) and lack another. So the folders of the
installed ones come first in __path__, and this one fills the gaps.
"""

from os.path import dirname
from pkgutil import extend_path

_own = dirname(__file__)
__path__ = sorted(extend_path(__path__, __name__), key=lambda folder: folder == _own)
