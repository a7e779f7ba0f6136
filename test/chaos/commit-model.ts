/**
 * The commit protocol as a small model, explored whole: two workers, three mini-batches, worker deaths, driver crashes and power cuts anywhere, in recovery too.
 *
 *   dispatch ─► finish ─► receive (fenced) ─► append rows ─► sync ─► ledger commits ─► … ─► publish
 *
 * A row is "mini-batch.attempt": two attempts at a mini-batch give different rows, as a script that is not deterministic does. In every state that can be
 * reached:  what the ledger has committed lies synced in the rows file;  no mini-batch is committed twice;  something can still happen, or the job is
 * published;  what is published has each mini-batch once, whole, from one attempt, in order.
 *
 * Each safeguard can be left out, to see that the exploration finds what it is there for.
 */

export type Safeguard =
  | "sync before the ledger commits"
  | "fence of late results"
  | "cut at recovery"
  | "rows before the ledger";

const miniBatches = 3;
const workers = 2;

interface Extent {
  readonly batch: number;
  readonly attempt: number;
  /** Place in the rows file; a row is one unit long. */
  readonly at: number;
}

interface State {
  /** What each mini-batch is doing, as the driver knows it; committed ones are "done". */
  readonly batches: readonly (
    | "pending"
    | "done"
    | { readonly worker: number; readonly attempt: number }
    | { readonly attempt: number }
  )[];
  /** The last attempt number given to each mini-batch in this run of the driver. */
  readonly attempts: readonly number[];
  /** What each worker runs. */
  readonly running: readonly (null | { readonly batch: number; readonly attempt: number })[];
  /** Results on their way to the driver: the wire outlives its worker for a moment. */
  readonly wire: readonly { readonly worker: number; readonly batch: number; readonly attempt: number }[];
  readonly commit: null | { readonly step: "appended" | "synced" | "recorded"; readonly extents: readonly Extent[] };
  /** The rows file as programs see it, and how much of it is synced. "" is a place whose write was lost. */
  readonly rows: readonly string[];
  readonly synced: number;
  readonly ledger: readonly Extent[];
  readonly driver: "down" | "recovering" | "up" | "refused";
  readonly published: readonly string[] | null;
  readonly crashesLeft: number;
  readonly deathsLeft: number;
}

export interface Exploration {
  readonly states: number;
  readonly published: number;
  /** The first state in which something does not hold, with what it is. */
  readonly violation: string | null;
}

const start: State = {
  batches: Array(miniBatches).fill("pending"),
  attempts: Array(miniBatches).fill(0),
  running: Array(workers).fill(null),
  wire: [],
  commit: null,
  rows: [],
  synced: 0,
  ledger: [],
  driver: "down",
  published: null,
  crashesLeft: 2,
  deathsLeft: 1,
};

/** Visits every state that can be reached. */
export function exploreCommitProtocol(without: Safeguard | null = null): Exploration {
  const seen = new Set([JSON.stringify(start)]);
  const queue: State[] = [start];
  let published = 0;
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    const next = [...step(state, without)];
    const violation = findViolation(state, next);
    if (violation !== null)
      return { states: seen.size, published, violation: `${violation}: ${JSON.stringify(state)}` };
    if (state.published !== null) published++;
    for (const each of next) {
      const key = JSON.stringify(each);
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push(each);
    }
  }
  return { states: seen.size, published, violation: null };
}

function findViolation(state: State, next: readonly State[]): string | null {
  const { ledger, rows, synced, published } = state;
  for (const { batch, attempt, at } of ledger) {
    if (rows[at] !== `${batch}.${attempt}`) return `committed rows of mini-batch ${batch} are not in the rows file`;
    if (at >= synced) return `committed rows of mini-batch ${batch} are not synced`;
  }
  if (new Set(ledger.map(({ batch }) => batch)).size !== ledger.length) return "a mini-batch is committed twice";
  if (state.driver === "refused") return "the job is refused";
  if (published !== null) {
    const wanted = ledger.toSorted((a, b) => a.batch - b.batch).map(({ batch, attempt }) => `${batch}.${attempt}`);
    return published.length === miniBatches && published.join() === wanted.join() ? null : "the output is wrong";
  }
  return next.length === 0 ? "nothing can happen any more" : null;
}

/** All states that may follow. */
function* step(state: State, without: Safeguard | null): Generator<State> {
  if (state.published !== null) return;
  yield* crash(state);
  if (state.driver === "down") yield { ...state, driver: "recovering" };
  else if (state.driver === "recovering") yield recover(state, without);
  else if (state.driver === "up") {
    yield* dispatch(state);
    yield* finishRun(state);
    yield* die(state);
    yield* receive(state, without);
    yield* commit(state, without);
    if (state.ledger.length === miniBatches && state.commit === null) yield publish(state);
  }
}

/** The driver is killed: workers and wire go with it, the file system stays. Or the power is cut: rows that were not synced are lost, in any combination. */
function* crash(state: State): Generator<State> {
  if (state.crashesLeft === 0) return;
  const { batches, attempts, running, wire, commit } = start;
  const dead: State = {
    ...state,
    batches,
    attempts,
    running,
    wire,
    commit,
    driver: "down",
    crashesLeft: state.crashesLeft - 1,
  };
  if (state.driver !== "down") yield dead;
  const unsynced = state.rows.length - state.synced;
  for (let kept = 0; kept < 1 << unsynced; kept++) {
    const tail = state.rows.slice(state.synced).map((row, index) => ((kept >> index) & 1 ? row : ""));
    // The file ends where its last write that arrived does.
    while (tail.at(-1) === "") tail.pop();
    const rows = [...state.rows.slice(0, state.synced), ...tail];
    yield { ...dead, rows, synced: rows.length };
  }
}

function recover(state: State, without: Safeguard | null): State {
  const end = state.ledger.length === 0 ? 0 : Math.max(...state.ledger.map(({ at }) => at)) + 1;
  if (state.rows.length < end) return { ...state, driver: "refused" };
  const rows = without === "cut at recovery" ? state.rows : state.rows.slice(0, end);
  const done = new Set(state.ledger.map(({ batch }) => batch));
  return {
    ...state,
    rows,
    synced: rows.length,
    driver: "up",
    batches: start.batches.map((_, id) => (done.has(id) ? "done" : "pending")),
  };
}

function* dispatch(state: State): Generator<State> {
  const batch = state.batches.indexOf("pending");
  if (batch < 0) return;
  for (const [worker, runs] of state.running.entries()) {
    if (runs !== null || state.wire.some((result) => result.worker === worker)) continue;
    const attempt = state.attempts[batch]! + 1;
    yield {
      ...state,
      batches: state.batches.with(batch, { worker, attempt }),
      attempts: state.attempts.with(batch, attempt),
      running: state.running.with(worker, { batch, attempt }),
    };
  }
}

function* finishRun(state: State): Generator<State> {
  for (const [worker, runs] of state.running.entries()) {
    if (runs === null) continue;
    yield { ...state, running: state.running.with(worker, null), wire: [...state.wire, { worker, ...runs }] };
  }
}

/** A worker dies, and another takes its place; what it had sent may still arrive, after the mini-batch was given to somebody else. */
function* die(state: State): Generator<State> {
  if (state.deathsLeft === 0) return;
  for (let worker = 0; worker < workers; worker++) {
    const batches = state.batches.map((each) =>
      typeof each === "object" && "worker" in each && each.worker === worker ? "pending" : each,
    );
    const lateWire = state.wire.map((result) => (result.worker === worker ? { ...result, worker: -1 } : result));
    yield {
      ...state,
      batches,
      wire: lateWire,
      running: state.running.with(worker, null),
      deathsLeft: state.deathsLeft - 1,
    };
  }
}

function* receive(state: State, without: Safeguard | null): Generator<State> {
  for (const [index, { batch, attempt }] of state.wire.entries()) {
    const now = state.batches[batch]!;
    const isExpected = typeof now === "object" && "worker" in now && now.attempt === attempt;
    const isTaken = isExpected || without === "fence of late results";
    const batches = isTaken ? state.batches.with(batch, { attempt }) : state.batches;
    yield { ...state, wire: state.wire.toSpliced(index, 1), batches };
  }
}

function* commit(state: State, without: Safeguard | null): Generator<State> {
  if (state.commit === null) {
    const waiting = state.batches.flatMap((each, batch) =>
      typeof each === "object" && !("worker" in each) ? [{ batch, attempt: each.attempt }] : [],
    );
    if (waiting.length === 0) return;
    const end = state.ledger.length === 0 ? 0 : Math.max(...state.ledger.map(({ at }) => at)) + 1;
    const extents = waiting.map((each, index) => ({ ...each, at: end + index }));
    if (without === "rows before the ledger")
      yield record({ ...state, commit: { step: "recorded", extents } }, extents);
    else yield append({ ...state, commit: { step: "appended", extents } }, extents, without);
    return;
  }
  const { step: at, extents } = state.commit;
  const skipsSync = without === "sync before the ledger commits";
  if (at === "recorded") yield { ...append(state, extents, without), commit: null };
  else if (at === "appended" && !skipsSync)
    yield { ...state, synced: state.rows.length, commit: { step: "synced", extents } };
  else yield record({ ...state, commit: null }, extents);
}

/** Rows are written at the offset that the ledger gives; without the cut they go behind whatever is there. */
function append(state: State, extents: readonly Extent[], without: Safeguard | null): State {
  const rows = [...state.rows];
  for (const { batch, attempt, at } of extents)
    rows[without === "cut at recovery" ? rows.length : at] = `${batch}.${attempt}`;
  return { ...state, rows };
}

function record(state: State, extents: readonly Extent[]): State {
  let { batches } = state;
  for (const { batch } of extents) batches = batches.with(batch, "done");
  return { ...state, batches, ledger: [...state.ledger, ...extents] };
}

function publish(state: State): State {
  const inOrder = state.ledger.toSorted((a, b) => a.batch - b.batch);
  return { ...state, published: inOrder.map(({ at }) => state.rows[at]!) };
}
