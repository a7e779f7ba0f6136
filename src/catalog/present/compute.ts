import type { ComputeRecord } from "../records.ts";
import { workspaceId } from "../resource-ids.ts";
import { type Shape, withoutNulls } from "./shape.ts";

/** What `compute show` and `compute list` print; what only Azure has a use for is shown as it was given. */
export function presentCompute(compute: ComputeRecord): Shape {
  return withoutNulls({
    id: `${workspaceId}/computes/${compute.name}`,
    name: compute.name,
    type: compute.type,
    location: "local",
    min_instances: compute.type === "amlcompute" ? 0 : null,
    ...compute.properties,
    max_instances: compute.maxInstances,
    max_jobs: compute.maxJobs,
    provisioning_state: "Succeeded",
    state: "Succeeded",
    created_on: compute.createdAt.replace(/Z$/, "+00:00"),
    description: compute.description,
    tags: compute.tags,
  });
}
