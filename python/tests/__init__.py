"""Tests of the worker: real worker processes, real scripts, real files. `python -m unittest discover -s python/tests -t
python`.
"""
