import { refuseValue, type SettingKind } from "./setting-kinds.ts";

/** GPUs of a worker: a whole number, or a share of one GPU. */
export function gpuShare(): SettingKind<number> {
  const allowed = "a whole number from 0 to 64, or a share of one GPU such as 0.5";
  return {
    placeholder: "N",
    repeatable: false,
    allowed,
    parse(raw, place) {
      const value = typeof raw === "string" && /^\d+(\.\d+)?$/.test(raw.trim()) ? Number(raw) : raw;
      const fits = typeof value === "number" && value >= 0 && value <= 64 && (value < 1 || Number.isInteger(value));
      if (!fits) throw refuseValue(place, raw, allowed);
      return value;
    },
  };
}
