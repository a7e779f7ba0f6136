/** Rows 45 to 77: inputs and outputs, state, disk, clock, limits. */

import type { CatalogueRow } from "./catalogue.ts";
import {
  accounting,
  calls,
  cli,
  damage,
  failures,
  files,
  input,
  kills,
  machine,
  model,
  output,
  power,
  processes,
  resume,
  worker,
} from "./catalogue-tests.ts";

export const storageRows: readonly CatalogueRow[] = [
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
