import { type DestinationStream, pino } from "pino";

export type Logger = import("pino").Logger;

/** The driver's own log: one JSON object a line, appended, written at once so that a killed driver leaves its last words. */
export function openDriverLog(file: string): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const destination = openQuietly(file);
  return destination === null ? pino({ ...options, enabled: false }) : pino(options, destination);
}

/** A full disk, or a file that cannot be opened, must not end the job because of its log: then it has none. */
function openQuietly(file: string): DestinationStream | null {
  try {
    const destination = pino.destination({ dest: file, sync: true, mode: 0o600 });
    destination.on("error", () => {});
    return destination;
  } catch {
    return null;
  }
}
