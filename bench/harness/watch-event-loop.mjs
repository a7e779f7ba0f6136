// @ts-check
// Loaded into the driver with NODE_OPTIONS=--import: notes each time the event loop of the main thread was held up for more than 20 ms, and writes the
// list as JSON to BENCH_LOOP_LOG at the end. Of each hold-up: when (ms after the start), how long (ms), and how much of it this thread computed (ms); the rest
// it waited, for the disk or for a processor that others had.

import { writeFileSync } from "node:fs";
import process from "node:process";
import { isMainThread } from "node:worker_threads";

const file = process.env.BENCH_LOOP_LOG;
const tickMs = 2;
const notedMs = 20;

if (isMainThread && file !== undefined) {
  delete process.env.BENCH_LOOP_LOG;
  delete process.env.NODE_OPTIONS;
  /** @type {[number, number, number][]} */
  const holdUps = [];
  let last = performance.now();
  let lastCpuUs = readCpuUs();
  const look = () => {
    const now = performance.now();
    const cpuUs = readCpuUs();
    const lateMs = now - last - tickMs;
    if (lateMs > notedMs) holdUps.push([last, lateMs, (cpuUs - lastCpuUs) / 1000]);
    last = now;
    lastCpuUs = cpuUs;
  };
  setInterval(look, tickMs).unref();
  process.on("exit", () => {
    look();
    writeFileSync(file, JSON.stringify(holdUps));
  });
}

function readCpuUs() {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
