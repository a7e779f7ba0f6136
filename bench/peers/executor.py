"""concurrent.futures.ProcessPoolExecutor: map over the mini-batches, `--chunk` of them a message."""

from concurrent.futures import ProcessPoolExecutor

from loop import load_script, parse_arguments, plan, score, write_results

if __name__ == "__main__":
    options = parse_arguments()
    with ProcessPoolExecutor(options.workers, initializer=load_script, initargs=[options.script]) as pool:
        write_results(pool.map(score, plan(options), chunksize=options.chunk), options.output)
