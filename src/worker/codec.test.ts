import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeFrame, type Frame, FrameReader, maxPayloadBytes, WireError } from "./codec.ts";

const plain = (frame: Frame) => ({ header: frame.header, payload: Buffer.from(frame.payload).toString("hex") });

test("frames come out as they went in, however the stream is cut", () => {
  const frames = fc.array(
    fc.record({
      header: fc.record({ t: fc.string(), value: fc.oneof(fc.integer(), fc.string({ unit: "grapheme" })) }),
      payload: fc.uint8Array({ maxLength: 300 }),
    }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 200 })), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(({ header, payload }) => encodeFrame(header, [payload])));
      const reader = new FrameReader();
      const received: ReturnType<typeof plain>[] = [];
      for (let at = 0; at < stream.byteLength; ) {
        const end = Math.min(stream.byteLength, at + (cuts.next().value ?? 1));
        // A copy: a socket hands over memory that is not touched again.
        received.push(...reader.push(Buffer.from(stream.subarray(at, end))).map(plain));
        at = end;
      }
      expect(received).toEqual(
        sent.map((frame) => ({ header: frame.header, payload: Buffer.from(frame.payload).toString("hex") })),
      );
      expect(reader.pendingBytes).toBe(0);
    }),
  );
});

test("a payload that was handed out is not written over by later frames", () => {
  const reader = new FrameReader();
  const first = encodeFrame({ t: "a" }, [Buffer.from("first")]);
  const second = encodeFrame({ t: "b" }, [Buffer.alloc(100_000, 1)]);
  const stream = Buffer.concat([first, second]);
  const [frame] = reader.push(Buffer.from(stream.subarray(0, first.byteLength + 30)));
  reader.push(Buffer.from(stream.subarray(first.byteLength + 30)));
  expect(Buffer.from(frame!.payload).toString()).toBe("first");
});

test("a frame over a cap is refused before memory is taken, and is not sent either", () => {
  const prelude = Buffer.alloc(16);
  prelude.write("BWF1", 0);
  prelude.writeUInt32BE(2, 4);
  prelude.writeUInt32BE(0x80000000, 8);
  expect(() => new FrameReader().push(prelude)).toThrow(WireError);
  expect(() => encodeFrame({ t: "x" }, [Buffer.alloc(maxPayloadBytes + 1)])).toThrow(WireError);
});

describe("the cases that the worker's tests read too", () => {
  const folder = fileURLToPath(new URL("../../protocol/cases/", import.meta.url));
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  test("there are cases", () => expect(files.length).toBeGreaterThan(0));
  for (const file of files) {
    for (const item of JSON.parse(readFileSync(folder + file, "utf8")).cases as WireCase[]) {
      test(`${file}: ${item.name}`, () => runCase(item));
    }
  }
});

interface WireCase {
  readonly name: string;
  readonly hex: string;
  readonly frames?: readonly { readonly header: unknown; readonly payload_hex: string }[];
  /** "break": the reader refuses; "incomplete": it waits for more. */
  readonly outcome?: "frames" | "break" | "incomplete";
}

function runCase(item: WireCase): void {
  const reader = new FrameReader();
  const read = () => reader.push(Buffer.from(item.hex, "hex")).map(plain);
  if (item.outcome === "break") {
    expect(read).toThrow(WireError);
    return;
  }
  expect(read()).toEqual((item.frames ?? []).map(({ header, payload_hex }) => ({ header, payload: payload_hex })));
  if (item.outcome === "incomplete") expect(reader.pendingBytes).toBeGreaterThan(0);
}
