/**
 * The catalogue of faults, rows 1 to 77: what goes wrong, what the user gets, and the tests that hold it. A test is named by its file and a piece of its title;
 * `npm run check` fails when a row names no test and gives no reason, or names a test that is not there. docs/reliability.md is made of this.
 */

export interface CatalogueRow {
  readonly row: number;
  readonly fault: string;
  readonly promise: string;
  /** File, and words of the title as they stand in it. */
  readonly tests: readonly (readonly [string, string])[];
  /** What of the row is not tested, and why. */
  readonly reason?: string;
}

const kills = ["test/chaos/random-kills.test.ts", "as many kills of driver, guardians and workers"] as const;
const calls = [
  "test/chaos/syscall-faults.test.ts",
  "a system call of each kind fails once, for ever, or kills",
] as const;
const power = ["test/chaos/power-loss.test.ts", "from states that a power cut leaves"] as const;
const damage = ["test/chaos/mutations.test.ts", "a changed byte in rows file or ledger"] as const;
const protocol = ["test/chaos/protocol-faults.test.ts", "does no harm: every item is scored once"] as const;
const accounting = ["test/chaos/accounting.test.ts", "are what a simple model says"] as const;
const model = ["test/chaos/commit-model.test.ts", "a death and two crashes anywhere"] as const;
const killedIn = ["test/chaos/process-faults.test.ts", "costs no attempt, and its mini-batch runs again"] as const;
const deadline = ["test/chaos/process-faults.test.ts", "at most two seconds late, and no process is left"] as const;

const failures = (title: string) => ["test/contract/failures.test.ts", title] as const;
const files = (title: string) => ["test/contract/output-files.test.ts", title] as const;
const limits = (title: string) => ["test/contract/limits.test.ts", title] as const;
const resume = (title: string) => ["test/contract/resume.test.ts", title] as const;
const processes = (title: string) => ["test/chaos/process-faults.test.ts", title] as const;
const machine = (title: string) => ["test/chaos/machine-faults.test.ts", title] as const;
const cli = (file: string, title: string) => [`src/cli/${file}.test.ts`, title] as const;
const input = (file: string, title: string) => [`src/input/${file}.test.ts`, title] as const;
const output = (file: string, title: string) => [`src/output/${file}.test.ts`, title] as const;
const worker = (file: string, title: string) => [`python/tests/test_${file}.py`, title] as const;

export const catalogue: readonly CatalogueRow[] = [
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
  {
    row: 45,
    fault: "file names that are not UTF-8",
    promise: "processed like others",
    tests: [
      input("walk", "odd names are names like others"),
      cli("score", "finds an input whose name is not UTF-8"),
      output("publish", "with names that are not UTF-8"),
    ],
  },
  {
    row: 46,
    fault: "newline, tab, quote, `-rf`, `%00`, 255 bytes, emoji, two forms of one letter in names",
    promise: "processed, shown escaped",
    tests: [
      cli("score", "scores odd file names, and shows them harmless"),
      worker("items", "test_odd_file_names_arrive"),
      accounting,
    ],
  },
  {
    row: 47,
    fault: "circles of links, dangling links, links out of the input, hard links",
    promise: "followed, or skipped with a reason",
    tests: [
      input("walk", "links that lead back up, in circles or nowhere are skipped"),
      input("walk", "links to files and folders are followed"),
    ],
  },
  {
    row: 48,
    fault: "FIFOs, sockets, devices among the inputs",
    promise: 'skipped as "not a regular file"; nothing waits for them',
    tests: [input("walk", "FIFOs, sockets and devices are skipped")],
  },
  {
    row: 49,
    fault: "a file vanishes or changes while the job runs",
    promise: "reported as vanished or changed, never scored as something else",
    tests: [
      failures("an item that vanished or changed since the listing"),
      worker("items", "test_items_that_vanished_or_changed"),
      input("walk", "files and folders that go while the walk is on"),
    ],
  },
  {
    row: 50,
    fault: "empty files, sparse files of 100 GB, files that cannot be read",
    promise: "a failed item, not a failed job",
    tests: [
      machine("an empty file, a sparse file of 100 GB"),
      input("walk", "a folder that cannot be read counts as failed"),
    ],
  },
  {
    row: 51,
    fault: "millions of files, one folder with a million, a depth of 1,000",
    promise: "the plan streams; memory and time are bounded",
    tests: [
      input("walk", "goes down a thousand folders"),
      input("listing", "stays only a few chunks ahead"),
      input("name-table", "gives 200,000 names in order"),
    ],
    reason: "a million files take minutes to make: their figures are measured by `npm run bench`, not by a test",
  },
  {
    row: 52,
    fault: "no input, a glob that matches nothing",
    promise: "an error, unless allowed",
    tests: [
      cli("bad-input", "an empty input"),
      cli("bad-input", "a glob that matches nothing"),
      cli("score", "with --allow-empty completes without a file"),
    ],
  },
  {
    row: 53,
    fault: "the same file twice, inputs that overlap",
    promise: "each path once",
    tests: [
      input("listing", "takes folders, files, globs and lists, in the order given, each path once"),
      input("listing", "a folder inside another gives its files once"),
    ],
  },
  {
    row: 54,
    fault: "folders list differently after a restart",
    promise: "the plan is kept, not made again",
    tests: [resume("a resumed job keeps the plan"), input("listing", "goes on from the cursor of any chunk")],
  },
  {
    row: 55,
    fault: "the output exists, or is the input",
    promise: "refused in words; `--overwrite` when wanted",
    tests: [
      cli("bad-input", "an output that exists"),
      cli("bad-input", "an output that is the input"),
      files("an output that exists is refused when it is published"),
    ],
  },
  {
    row: 56,
    fault: "the output folder cannot be written, is missing, or goes away",
    promise: "refused before anything is dispatched; one that goes away is made again",
    tests: [
      cli("bad-input", "an output on a file system that takes none"),
      cli("bad-input", "an output below a file"),
      machine("the folder above the output goes away"),
    ],
  },
  {
    row: 57,
    fault: "somebody else cuts or changes the rows while the job runs",
    promise: "found at the next commit or at publishing, refused with what was found",
    tests: [
      output("ledger", "somebody else's hand"),
      output("publish", "that somebody changed are refused after a restart"),
      resume("a rows file that is shorter than the ledger says"),
    ],
  },
  {
    row: 58,
    fault: "two jobs write to one output",
    promise: "the second is refused, and told who holds it",
    tests: [
      cli("stop", "neither its folder nor its output can be used by another"),
      ["src/jobs/job-lock.test.ts", "is held against another job"],
    ],
  },
  {
    row: 59,
    fault: "somebody reads while the job runs or crashes",
    promise: "readers see what is committed, nothing else",
    tests: [
      output("ledger-reader", "sees each commit of the driver while it goes on"),
      output("ledger-reader", "reads a folder that was copied"),
    ],
  },
  {
    row: 60,
    fault: "the disk is full: rows, ledger, logs, output",
    promise: "the job pauses and says how much it needs and where; it goes on by itself when there is space",
    tests: [
      ["test/contract/disk-full.test.ts", "a full disk pauses the job"],
      output("ledger-kill", "a disk that takes no more is named"),
      calls,
    ],
  },
  {
    row: 61,
    fault: "a write that takes only a part",
    promise: "a torn tail is cut off",
    tests: [
      output("ledger-kill", "a disk that takes no more is named"),
      output("ledger-recovery", "cuts the tail of a commit that did not happen"),
      power,
    ],
  },
  {
    row: 62,
    fault: "quota, file size limit, read-only file system, too many open files",
    promise: "as row 60, or an error that names the path",
    tests: [
      calls,
      output("ledger-kill", "a disk that takes no more is named"),
      output("write-guard", "a full ledger is named as a full disk"),
    ],
  },
  {
    row: 63,
    fault: "a sync fails, once or for ever",
    promise:
      "never tried again on the same descriptor; the job stops as resumable, and resuming checks what the disk has",
    tests: [calls, output("write-guard", "a failed sync breaks the ledger")],
  },
  {
    row: 64,
    fault: "rename, truncate, mkdir, unlink fail",
    promise: "an error that names the path; the state is intact",
    tests: [calls, ["src/storage/durable.test.ts", "whose content fails half-way keeps the old one"]],
  },
  {
    row: 65,
    fault: "power loss: writes that were not synced are gone, or arrived in another order",
    promise: "what was committed is there; the rest runs again",
    tests: [power, ["test/chaos/power-loss.test.ts", "the model of a disk"], model],
  },
  {
    row: 66,
    fault: "a torn tail, a flipped bit, a page of zeros in rows file or ledger",
    promise: "recovered, or refused in words; never other data",
    tests: [damage, output("ledger-recovery", "a page of rubbish is found")],
    reason: "there is no repair command: the rows file and the input are there, and a new job is the repair",
  },
  {
    row: 67,
    fault: "the ledger is damaged, cut, missing; its log is deleted, its shared memory file stale",
    promise: "found at opening, told in words; what the log lost runs again",
    tests: [["src/output/ledger-recovery.test.ts", "is named"], damage, machine("what is lost of it runs again")],
  },
  {
    row: 68,
    fault: "another process holds the ledger",
    promise: "a bounded wait, then an error that says how to find it",
    tests: [output("ledger-recovery", "a ledger that another process holds is named after a bounded wait")],
  },
  {
    row: 69,
    fault: "two drivers on one job folder",
    promise: "the second is told who has it since when; the lock ends with its process",
    tests: [
      ["src/jobs/job-lock.test.ts", "is held against another process, which is named, and dies with it"],
      ["src/jobs/job-lock.test.ts", "is not taken twice while holders come and go and remove the file"],
      kills,
    ],
  },
  {
    row: 70,
    fault: "a job folder copied while it runs, or an old copy put back",
    promise: "a copy can be read; rows and ledger that do not belong together are refused",
    tests: [
      output("ledger-reader", "reads a folder that was copied"),
      ["src/output/ledger-recovery.test.ts", "refuses a rows file that is"],
      damage,
    ],
    reason: "network file systems need a server: not tested",
  },
  {
    row: 71,
    fault: "a ledger of a newer or older version",
    promise: "newer: refused; older: brought up to date in one transaction",
    tests: [
      output("ledger-schema", "a step that fails leaves the schema of before"),
      output("ledger-schema", "a newer schema and a file of something else are refused"),
      output("ledger-recovery", "a ledger from a newer Batchwise is refused"),
    ],
  },
  {
    row: 72,
    fault: "the wall clock jumps",
    promise: "deadlines do not mind, nor does the order of anything",
    tests: [machine("the wall clock jumps to and fro")],
  },
  {
    row: 73,
    fault: "no file descriptors are left",
    promise: "fewer workers, or an error in words; nothing is lost",
    tests: [machine("file descriptors a job completes or says what it lacks"), calls],
  },
  {
    row: 74,
    fault: "little heap, a driver that is held up",
    promise: "results wait for the disk, memory stays bounded; a pause costs nothing",
    tests: [
      machine("with a heap of 64 MB a driver takes 300 MB of rows"),
      processes("ends no attempt and runs nothing twice"),
    ],
  },
  {
    row: 75,
    fault: "logs cannot be written",
    promise: "the job does not mind",
    tests: [machine("logs that cannot be written do no harm"), calls],
  },
  {
    row: 76,
    fault:
      "hostile YAML: bombs, 200,000 levels, `__proto__`, duplicate keys, tabs, NUL, 100 MB, tags, `no`, octal numbers",
    promise: "refused with line and column, quickly",
    tests: [
      ["src/config/yaml.test.ts", "hostile YAML is refused with line and column"],
      ["src/config/yaml.test.ts", "a file of 100 MB is not even read"],
      ["src/config/yaml.test.ts", "whatever the text, it is read or refused with a place, quickly"],
    ],
  },
  {
    row: 77,
    fault: "settings: negative, zero, huge, unknown, of another unit, from several places",
    promise: "the field, what is allowed, and what was probably meant",
    tests: [
      cli("bad-input", "a variable of the environment that is out of range"),
      cli("bad-input", "a YAML key that does not exist, with line, column and what was meant"),
      ["src/config/merge-settings.test.ts", "come from the first layer that says something"],
    ],
  },
];
