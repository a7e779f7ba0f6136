import { pino } from "pino";

export type Logger = import("pino").Logger;

/** The driver's own log: one JSON object a line, appended, written at once so that a killed driver leaves its last words. */
export function openDriverLog(file: string): Logger {
  const destination = pino.destination({ dest: file, sync: true, mode: 0o600 });
  // A full disk must not end the job because of its log.
  destination.on("error", () => {});
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
