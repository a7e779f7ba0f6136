import type { ErrorCode } from "../errors.ts";
import type { ListingCursor } from "./input.ts";
import type { PackedChunk } from "./pack.ts";
import type { ResolvedInput } from "./resolve-inputs.ts";

/** What the thread is started with. */
export interface ListingThreadData {
  readonly inputs: readonly ResolvedInput[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly after: ListingCursor | null;
  readonly miniBatchSize: number;
  /** One shared number: chunks that may still be posted. */
  readonly permits: Int32Array<SharedArrayBuffer>;
}

/** What the thread posts: chunks, then one `end` or `error`. */
export type ListingMessage =
  | { readonly kind: "chunk"; readonly chunk: PackedChunk }
  | { readonly kind: "end" }
  | {
      readonly kind: "error";
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
    };
