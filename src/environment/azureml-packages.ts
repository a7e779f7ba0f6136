/**
 * Packages of Azure's SDK v1 that its batch service asks every environment to have, and that no script needs here: they are large, and
 * they pin old Pythons. AutoML's run-time packages are not among them, because models made by AutoML do need those.
 */
const skipped = new Set([
  "azureml-contrib-services",
  "azureml-core",
  "azureml-dataprep",
  "azureml-dataprep-native",
  "azureml-dataprep-rslex",
  "azureml-dataset-runtime",
  "azureml-defaults",
  "azureml-inference-server-http",
  "azureml-mlflow",
  "azureml-pipeline",
  "azureml-pipeline-core",
  "azureml-pipeline-steps",
  "azureml-sdk",
  "azureml-telemetry",
  "azureml-train",
  "azureml-train-core",
  "azureml-widgets",
]);

/** True for a package (normalized name) that is left out unless the user wants to keep it. */
export function isSkippedAzureml(name: string): boolean {
  return skipped.has(name);
}
