import { readdirSync } from "node:fs";
import { isSystemError } from "../errors.ts";

/**
 * The GPUs of a worker as `CUDA_VISIBLE_DEVICES` has them: workers take them in turn and begin again when all are given; below 1, several share one. Nothing when
 * the job does not say how many, or when the machine has none.
 *
 * @example chooseGpus(0.5, 3, ["0", "1"]); // { CUDA_VISIBLE_DEVICES: "1" }: slots 0 and 1 share GPU 0, slots 2 and 3 GPU 1
 */
export function chooseGpus(
  gpusPerWorker: number | null,
  slot: number,
  visible: readonly string[] = listVisibleGpus(),
): { CUDA_VISIBLE_DEVICES?: string } {
  if (gpusPerWorker === null) return {};
  if (gpusPerWorker === 0) return { CUDA_VISIBLE_DEVICES: "" };
  if (visible.length === 0) return {};
  const count = Math.min(Math.ceil(gpusPerWorker), visible.length);
  // A share that divides badly (0.3) still keeps whole workers on one GPU: three of them, not three and a third.
  const first = gpusPerWorker < 1 ? Math.floor(slot / Math.floor(1 / gpusPerWorker)) : slot * count;
  const chosen = Array.from({ length: count }, (_, index) => visible[(first + index) % visible.length]);
  return { CUDA_VISIBLE_DEVICES: chosen.join(",") };
}

/** The GPUs that this process may use: those of its own CUDA_VISIBLE_DEVICES, else all that the driver of NVIDIA shows. */
function listVisibleGpus(): string[] {
  const own = process.env.CUDA_VISIBLE_DEVICES;
  if (own !== undefined) return own.split(",").filter((device) => device.trim() !== "");
  try {
    const numbers = readdirSync("/dev").flatMap((name) => /^nvidia(\d+)$/.exec(name)?.[1] ?? []);
    return numbers
      .map(Number)
      .sort((a, b) => a - b)
      .map(String);
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
