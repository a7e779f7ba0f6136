/** Rows 1 to 44: processes, the protocol, what scripts return. */

import type { CatalogueRow } from "./catalogue.ts";
import {
  accounting,
  calls,
  cli,
  deadline,
  failures,
  files,
  killedIn,
  kills,
  limits,
  machine,
  model,
  output,
  processes,
  protocol,
  resume,
  worker,
} from "./catalogue-tests.ts";

export const processRows: readonly CatalogueRow[] = [
  {
    row: 1,
    fault: "the driver is killed at any time",
    promise: "the job is resumed; the output is, byte for byte, that of an undisturbed run",
    tests: [kills, output("ledger-kill", "a driver killed at any time loses nothing"), model],
  },
  {
    row: 2,
    fault: "the driver is killed at each system call of a commit",
    promise: "the same, for every k-th call of each kind",
    tests: [
      calls,
      output("ledger-recovery", "leaves exactly the acknowledged groups"),
      output("publish", "ends right after a crash at any step"),
    ],
  },
  {
    row: 3,
    fault: "the driver is killed while it recovers, again and again",
    promise: "recovery may be repeated any number of times",
    tests: [kills, calls, output("ledger-recovery", "a creation that was cut off at step")],
  },
  {
    row: 4,
    fault: "a worker is killed while idle, loading, in `init()`, in `run()`, or while it replies",
    promise: "its mini-batches run again within two seconds; a death from outside costs no attempt",
    tests: [killedIn, kills, resume("a worker that is killed from outside costs no attempt")],
  },
  { row: 5, fault: "driver and workers are killed together", promise: "as row 1", tests: [kills] },
  {
    row: 6,
    fault: "the driver dies and its worker lives",
    promise: "the worker is gone within two seconds, also while C code holds the GIL",
    tests: [
      worker("processes", "test_worker_that_holds_the_gil_in_c_dies_with_its_driver"),
      worker("processes", "test_worker_in_init_dies_with_its_driver"),
      worker("processes", "test_idle_worker_ends_with_its_driver"),
    ],
  },
  {
    row: 7,
    fault: "a worker is stopped (SIGSTOP) and later goes on",
    promise: "it is killed at its deadline; a late reply is dropped, never committed a second time",
    tests: [
      processes("a stopped worker is killed at its deadline"),
      worker("processes", "test_stopped_worker"),
      protocol,
    ],
  },
  {
    row: 8,
    fault: "the driver is stopped for long and goes on",
    promise: "no attempt is ended for the pause, nothing is dispatched twice",
    tests: [processes("ends no attempt and runs nothing twice")],
  },
  {
    row: 9,
    fault: "the machine is suspended",
    promise: "as row 8, with workers that stood still as well",
    tests: [processes("driver and workers together, as when a machine is suspended")],
    reason:
      "a whole machine cannot be suspended by a test; driver and workers are stopped together, which is what they see of it",
  },
  {
    row: 10,
    fault: "the script calls `os._exit()` or `sys.exit()` in `run()`",
    promise: "a failed attempt that names the exit code; isolation finds the item",
    tests: [failures("os._exit"), failures("sys.exit"), worker("processes", "test_exit_code_is_passed_on")],
  },
  {
    row: 11,
    fault: "a segmentation fault in a C extension",
    promise: '"killed by SIGSEGV" with the Python stack; isolation finds the item',
    tests: [
      failures("a segmentation fault"),
      worker("processes", "test_segmentation_fault_is_passed_on_with_its_stack"),
    ],
  },
  {
    row: 12,
    fault: "`abort()`, SIGFPE, an illegal instruction",
    promise: "as row 11",
    tests: [failures("abort()"), worker("processes", "test_abort_and_others_are_passed_on")],
  },
  {
    row: 13,
    fault: "a worker needs more memory than it may have",
    promise: '"out of memory" with limit and peak; the other workers and the driver go on',
    tests: [limits("over its memory limit an attempt fails as out of memory")],
    reason:
      "the kernel's own out-of-memory kill is not provoked: it looks like row 4 to the driver, and would hit whatever else runs on the machine",
  },
  {
    row: 14,
    fault: "a script that leaks from mini-batch to mini-batch",
    promise: "with `--max-rss` the worker is replaced between two mini-batches, nothing fails",
    tests: [limits("a worker that leaks is replaced between mini-batches"), accounting],
  },
  {
    row: 15,
    fault: "an endless loop in Python",
    promise: "killed at the deadline, two seconds late at most; the stack is in the log and the report",
    tests: [failures("an endless loop: the deadline"), worker("processes", "test_endless_python_loop"), accounting],
  },
  {
    row: 16,
    fault: "C code spins and holds the GIL",
    promise: "the same",
    tests: [deadline, worker("processes", "test_stacks_are_written_on_request_even_while_c_code_holds_the_gil")],
  },
  {
    row: 17,
    fault: "a system call that never returns",
    promise: "killed at the deadline; the job goes on with another worker",
    tests: [deadline, worker("processes", "test_read_that_never_returns")],
    reason:
      "a process that not even SIGKILL ends needs a hanging network file system or FUSE; the wait for it is bounded (local.ts, `stuckPatienceMs`) and its id is told",
  },
  {
    row: 18,
    fault: "the script ignores SIGTERM and catches every exception",
    promise: "SIGKILL ends it",
    tests: [
      deadline,
      limits("a script that ignores SIGTERM"),
      worker("processes", "test_endless_loop_that_ignores_every_signal_and_exception"),
    ],
  },
  {
    row: 19,
    fault: "a daemon outlives its worker and holds its pipes",
    promise: "the job ends; the daemon is killed",
    tests: [
      processes("although a worker's child holds its log"),
      limits("leaves a daemon behind is ended at its deadline"),
      worker("processes", "test_daemon_is_killed_when_the_worker_stops_in_order"),
      worker("processes", "test_daemon_is_killed_when_the_driver_dies"),
    ],
  },
  {
    row: 20,
    fault: "a fork bomb or thread bomb",
    promise: "everything that it started is found and killed at the deadline",
    tests: [processes("children, grandchildren and threads that a script starts without end")],
    reason:
      "the bomb of the test is bounded; Batchwise sets no limit on the number of processes, that is for `ulimit -u` or a cgroup",
  },
  {
    row: 21,
    fault: "`init()` raises, hangs or exits, once or always",
    promise: "once: tried again; always: the job fails with the first traceback",
    tests: [
      failures("a failing init() ends the job within seconds"),
      failures("an init() that fails once is tried again"),
      failures("an init() that hangs is ended after the limit"),
    ],
  },
  {
    row: 22,
    fault: "import error, syntax error, missing `run`, wrong number of parameters",
    promise: "refused before anything is dispatched, with the line",
    tests: [
      cli("bad-input", "a syntax error, with file and line"),
      cli("bad-input", "a run() with the wrong number of parameters"),
      worker("check", "test_syntax_errors_name_line_and_column"),
    ],
  },
  {
    row: 23,
    fault: "a second Ctrl-C while the job drains",
    promise: "it stops at once and can be resumed",
    tests: [
      cli("stop", "twice ends at once, with 130, and loses nothing"),
      resume("stopNow ends at once and loses nothing"),
    ],
  },
  {
    row: 24,
    fault: "SIGTERM while many mini-batches run",
    promise: "they finish, no attempt is counted as failed, the job goes on later",
    tests: [resume("drain lets running mini-batches finish"), processes("a drained driver ends by itself")],
    reason: "every job has a driver process of its own; a server that is deployed anew does not stop them",
  },
  {
    row: 25,
    fault: "the script prints without end",
    promise: "the log is cut at its limit, with a line that says what is gone; the protocol is not touched",
    tests: [
      limits("a log that grows without end is cut"),
      worker("hostile_scripts", "test_much_output_goes_to_the_log"),
    ],
  },
  {
    row: 26,
    fault: "writes to descriptor 1, C's `printf`, closed standard streams",
    promise: "the protocol has a descriptor of its own; prints go to the log",
    tests: [
      worker("hostile_scripts", "test_direct_writes_go_to_the_log"),
      worker("hostile_scripts", "test_what_c_printed_is_in_the_range_of_its_attempt"),
      worker("hostile_scripts", "test_closing_standard_streams"),
    ],
  },
  {
    row: 27,
    fault: "the script patches `sys.stdout`, `open`, `json`, `signal`, `os.kill`",
    promise: "the worker keeps its own references",
    tests: [worker("hostile_scripts", "test_patched_modules_do_not_reach_the_worker")],
  },
  {
    row: 28,
    fault: "the script closes all descriptors; garbage on the wire",
    promise: "the worker is replaced, the mini-batch runs again",
    tests: [
      ["test/chaos/protocol-faults.test.ts", "a script that closes all file descriptors"],
      protocol,
      worker("hostile_scripts", "test_closing_all_descriptors_ends_the_worker_with_a_code_of_its_own"),
    ],
  },
  {
    row: 29,
    fault: "half a frame and then nothing; a length of 2³¹",
    promise: "deadline or cap; no memory is taken for what is only announced",
    tests: [
      protocol,
      ["src/worker/codec.test.ts", "a frame over a cap is refused before memory is taken"],
      worker("wire", "test_announced_lengths_take_no_memory"),
    ],
  },
  {
    row: 30,
    fault: "`run()` returns something else than rows",
    promise: "what is accepted is documented; everything else fails with the type and the remedy",
    tests: [
      failures("a wrong return type fails with a message that names the type"),
      worker("returned", "test_other_values_are_refused_by_name_with_a_remedy"),
      worker("returned", "test_iterables_of_rows"),
    ],
  },
  {
    row: 31,
    fault: "a generator that raises half-way or never ends",
    promise: "the attempt fails as a whole, nothing of it is kept",
    tests: [
      worker("returned", "test_iterator_that_raises_half_way_fails_the_attempt_as_a_whole"),
      worker("returned", "test_iterator_that_raises_after_parts_were_sent"),
      worker("processes", "test_endless_generator_is_killed"),
    ],
  },
  {
    row: 32,
    fault: "too few rows, too many, none",
    promise: "fewer than items: the difference counts as failed; more are fine",
    tests: [failures("fewer elements than items"), failures("more rows than items are fine"), accounting],
    reason: "there is one rule, that of Azure ML, and no policy to choose for each job",
  },
  {
    row: 33,
    fault: "NaN, infinities, large integers, decimals, dates, numpy values, lone surrogates, NUL",
    promise: "they come back as they were, or are refused in words",
    tests: [
      worker("formats", "test_values_beyond_json"),
      worker("formats", "test_values_that_are_refused"),
      files("jsonl keeps types and nesting"),
    ],
  },
  {
    row: 34,
    fault: "rows with newlines, quotes, delimiters, U+2028, `=cmd()`",
    promise: "quoted as RFC 4180 says, or as JSON",
    tests: [
      worker("formats", "test_cells_are_quoted_as_rfc_4180_says"),
      worker("pandas", "test_bytes_are_those_of_pandas"),
    ],
    reason: "formulas are not escaped: the bytes are those of Azure ML, and changing them would be changing data",
  },
  {
    row: 35,
    fault: "one huge row, millions of rows from one mini-batch",
    promise: "streamed in parts with bounded memory",
    tests: [
      files("large results come in parts"),
      worker("returned", "test_memory_stays_flat_however_many_rows_a_generator_yields"),
      machine("with a heap of 64 MB a driver takes 300 MB of rows"),
    ],
  },
  {
    row: 36,
    fault: "the script changes `mini_batch`, or returns rows in another order",
    promise: "no effect on the accounting",
    tests: [worker("returned", "test_changing_the_list_of_paths_has_no_effect_on_accounting")],
  },
  {
    row: 37,
    fault: "rows that differ from one attempt to the next",
    promise: "one attempt wins whole; two are never mixed",
    tests: [processes("each mini-batch's rows are those of one attempt"), model],
  },
  {
    row: 38,
    fault: "exceptions that cannot be printed, or have a message of 10 MB",
    promise: "a text that is safe and capped",
    tests: [
      worker("hostile_scripts", "test_exception_that_cannot_be_printed"),
      worker("hostile_scripts", "test_huge_message_is_capped_in_the_middle"),
      worker("hostile_scripts", "test_exceptions_of_every_kind_are_failures"),
    ],
    reason:
      "secrets in a script's own messages are not masked: they stay in the job folder, which only its owner can read",
  },
  {
    row: 39,
    fault: "floods of warnings, progress bars, terminal codes in texts",
    promise: "shown harmless, kept as they are in the log, capped",
    tests: [
      cli("progress", "text from elsewhere cannot move the cursor"),
      limits("a log that grows without end is cut"),
    ],
  },
  {
    row: 40,
    fault: "the script changes working directory, umask, environment, locale, `sys.path`",
    promise: "the next mini-batch finds what it expects",
    tests: [
      worker("hostile_scripts", "test_working_directory_and_umask_are_reset"),
      worker("hostile_scripts", "test_environment_locale_and_path_changes_do_no_harm"),
    ],
  },
  {
    row: 41,
    fault: "the script writes into working directory, model or output folder",
    promise:
      "a scratch folder for each worker; the model is not the user's own file; files of the output join at commit",
    tests: [
      worker("hostile_scripts", "test_writes_in_the_working_directory_stay_there"),
      worker("contract", "test_code_folder_is_never_written_to"),
      ["src/jobs/model-view.test.ts", "a change of the model is seen"],
      files("join the output when their mini-batch commits"),
    ],
  },
  {
    row: 42,
    fault: "one bad item in a mini-batch of 1,000",
    promise: "exactly that one is reported; at most 2·log₂(n) + 1 extra runs",
    tests: [
      ["src/driver/isolation.test.ts", "one bad item among n costs at most"],
      ["test/chaos/figures.test.ts", "one bad item in 10,000"],
      accounting,
    ],
  },
  {
    row: 43,
    fault: "an item that fails only in company",
    promise: "isolation ends; the item is scored alone",
    tests: [["src/driver/isolation.test.ts", "an item that fails only in company"]],
  },
  {
    row: 44,
    fault: "every item fails, or the first ones do",
    promise: "an early end at the threshold, with the most frequent causes; a broken model does not multiply the work",
    tests: [
      failures("above the error threshold the job fails at once"),
      failures("a broken model costs a bounded number of runs"),
    ],
  },
];
