#!/bin/bash
# An MLflow model, without script and environment: endpoint, deployment, job, results, as Azure's own deploy-and-run.sh scripts do it. Nothing but `az` commands.
#
#   mlflow.sh OUTPUT_FOLDER        in the folder examples/mlflow-model
set -e
OUTPUT_PATH=$1
ENDPOINT_NAME="mlflow"

az configure --defaults group="batchwise" workspace="batchwise" location="local"
az ml batch-endpoint create --name $ENDPOINT_NAME
az ml batch-deployment create --file deployment.yml --endpoint-name $ENDPOINT_NAME --set-default

JOB_NAME=$(az ml batch-endpoint invoke --name $ENDPOINT_NAME --input data/tables --query name -o tsv)
az ml job stream --name $JOB_NAME
az ml job download --name $JOB_NAME --output-name score --download-path $OUTPUT_PATH

az ml batch-endpoint delete --name $ENDPOINT_NAME --yes
