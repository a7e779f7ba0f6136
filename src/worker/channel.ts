/**
 * The driver's end of the wire to one worker: bytes in, checked messages out, and the other way round.
 *
 *   open ──(end of stream | error | a frame that is none)──► closed, with a reason; `onClose` is called once, after the last whole message
 *
 * Nothing is sent after it is closed. Results obey back-pressure: `pause()` stops reading, and with full socket buffers the worker's send blocks.
 */

import type { Duplex } from "node:stream";
import { encodeFrame, FrameReader, WireError } from "./codec.ts";
import { parseWorkerMessage, type RunEntry, type StartMessage, type WorkerMessage } from "./messages.ts";

export interface ChannelEvents {
  onMessage(message: WorkerMessage): void;
  /** `error` is null when the stream ended between two frames, a WireError when the worker sent something that is not a message, else the stream's own. */
  onClose(error: Error | null): void;
}

/** Wraps a duplex byte stream; see the head of this file. */
export class WorkerChannel {
  readonly #stream: Duplex;
  readonly #events: ChannelEvents;
  readonly #reader = new FrameReader();
  #closed = false;

  constructor(stream: Duplex, events: ChannelEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.on("data", (chunk: Buffer) => this.#receive(chunk));
    stream.on("error", (error) => this.#close(error));
    stream.on("close", () => this.#close(this.#endOfStream()));
    stream.on("end", () => this.#close(this.#endOfStream()));
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  sendStart(message: StartMessage): void {
    this.#send(encodeFrame(message));
  }

  /** Sends mini-batches in one frame. Callers keep a frame's payload well below the cap of 8 MiB by sending few large ones at a time. */
  sendRun(entries: readonly RunEntry[], payloads: readonly Uint8Array[]): void {
    this.#send(encodeFrame({ t: "run", b: entries } as { t: "run" }, payloads));
  }

  sendDrop(): void {
    this.#send(encodeFrame({ t: "drop" }));
  }

  sendStop(): void {
    this.#send(encodeFrame({ t: "stop" }));
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Closes from our side; the worker ends when it sees the end of the stream. */
  close(): void {
    this.#close(null);
  }

  #send(frame: Buffer): void {
    // A worker that has just died makes EPIPE on write; that arrives as an "error" event and closes the channel.
    if (!this.#closed) this.#stream.write(frame);
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return;
    try {
      for (const frame of this.#reader.push(chunk)) {
        this.#events.onMessage(parseWorkerMessage(frame));
        if (this.#closed) return;
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#close(error);
    }
  }

  #endOfStream(): Error | null {
    const pending = this.#reader.pendingBytes;
    return pending === 0 ? null : new Error(`the stream ended ${pending} bytes into a frame`);
  }

  #close(error: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.destroy();
    this.#events.onClose(error);
  }
}
