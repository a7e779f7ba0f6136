"""joblib.Parallel with its defaults: loky workers, and mini-batches gathered into messages as it sees fit."""

from joblib import Parallel, delayed
from loop import load_script, parse_arguments, plan, score, write_results

_loaded = False


def score_with_script(script, mini_batch):
    """loky takes no initializer from Parallel: the first call of a worker loads the script."""
    global _loaded
    if not _loaded:
        load_script(script)
        _loaded = True
    return score(mini_batch)


def main():
    # Functions of __main__ are sent by value with each call, and would forget that the script is loaded.
    import joblib_loop

    options = parse_arguments()
    call = delayed(joblib_loop.score_with_script)
    parallel = Parallel(n_jobs=options.workers, return_as="generator")
    write_results(parallel(call(options.script, mini_batch) for mini_batch in plan(options)), options.output)


if __name__ == "__main__":
    main()
