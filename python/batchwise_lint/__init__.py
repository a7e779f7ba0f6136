"""Reads a scoring script without running any of it, and says what would go wrong in a job.

Started by `batchwise check` as `python -S batchwise_lint SCRIPT CODE_FOLDER` under the interpreter that the script
would run under, so that its syntax is judged by the right Python. Standard library only, Python 3.8 and later. Read in
this order: __main__, module (the script as a tree with names), then one file for each family of rules. What each rule
is for stands in src/check/rules, from which the reference pages follow.
"""
