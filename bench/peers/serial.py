"""No pool at all: one process lists, scores and writes. What the work itself costs in Python."""

from loop import load_script, parse_arguments, plan, score, write_results

if __name__ == "__main__":
    options = parse_arguments()
    load_script(options.script)
    write_results(map(score, plan(options)), options.output)
