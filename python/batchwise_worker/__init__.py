"""Batchwise's worker: one process that loads a scoring script, calls its init() once and its run() for each mini-batch.

Standard library only, Python 3.8 and later. Started by the driver as `python <this folder>`; speaks protocol/README.md
over file descriptor 3. Read in this order: __main__, process (start-up), guardian (who cleans up), worker (the loop),
then what the loop uses: wire, state, script, items, returned, formats, staging, logs, failures.
"""
