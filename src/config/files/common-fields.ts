/** Fields that several kinds of files have. */

import { report } from "./field.ts";
import { freeMap, ignored, integer, object, readOnly, text, textMap } from "./field-kinds.ts";

/** Every file may name its schema, and may be what `show` printed. */
export const echoedFields = {
  $schema: ignored("URL of the schema, for editors."),
  id: readOnly(),
  creation_context: readOnly(),
  provisioning_state: readOnly(),
  resourceGroup: readOnly(),
};

export const describedFields = {
  description: text({ help: "Free text." }),
  tags: textMap("Names and values of your own."),
};

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;

/** The name of an asset. */
export function assetName() {
  return text({ help: "Name; letters, digits, `.`, `_` and `-`.", strict: true, pattern: namePattern });
}

/** `{type, principal_id, tenant_id, user_assigned_identities}`: nothing here needs one. */
export const identity = freeMap("Identity that Azure would use. Accepted and left aside.");

/** Azure's names for endpoints. */
export function endpointName(help: string) {
  return text({
    help,
    strict: true,
    check(name) {
      if (name.length < 3 || name.length > 32) {
        return "The name for an endpoint must be at least 3 and at most 32 characters long (inclusive of both limits).";
      }
      return /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(name) ? null : "String does not match expected pattern.";
    },
  });
}

/** Fails of `max_retries` and `timeout` in one place: deployments and parallel steps have them. */
export const retrySettings = object(
  {
    max_retries: integer({ help: "Further attempts after a failed one.", min: 0, max: 1000 }),
    timeout: integer({ help: "Seconds that one run() call may take.", min: 1, max: 31_536_000 }),
  },
  "What happens when run() fails.",
);

/** Bytes: a number, or text such as `512MB`, `2g`, `1.5GiB`. */
export function byteCount(help: string) {
  const field = text({ help });
  return {
    ...field,
    kind: "bytes, or text such as 2GB",
    read(...[value, place]: Parameters<typeof field.read>): number | undefined {
      const written = value.kind === "scalar" ? value.text : "";
      const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?\s*$/i.exec(written);
      const power = ["", "k", "m", "g", "t"].indexOf((match?.[2] ?? "").toLowerCase());
      const bytes = match === null ? 0 : Math.round(Number(match[1]) * 1024 ** power);
      if (bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
      return report(place, value, "Not a valid size.", "wanted: bytes, or a number with k, m, g or t, for example 2g");
    },
  };
}
