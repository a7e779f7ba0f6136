#!/bin/bash
# Parquet, written by the script into a folder for each grape: endpoint, deployment, job, results, as Azure's own deploy-and-run.sh scripts do it. Nothing but `az` commands.
#
#   wines.sh OUTPUT_FOLDER        in the folder examples/partitioned-parquet
set -e
OUTPUT_PATH=$1
ENDPOINT_NAME="wines"

az configure --defaults group="batchwise" workspace="batchwise" location="local"
az ml batch-endpoint create --name $ENDPOINT_NAME
az ml batch-deployment create --file deployment.yml --endpoint-name $ENDPOINT_NAME --set-default

JOB_NAME=$(az ml batch-endpoint invoke --name $ENDPOINT_NAME --input data/wines --query name -o tsv)
az ml job stream --name $JOB_NAME

# The scoring step is a job of its own: notebooks download from it.
CHILD_NAME=$(az ml job list --parent-job-name $JOB_NAME --query "[].name" -o tsv)
az ml job download --name $CHILD_NAME --output-name score --download-path $OUTPUT_PATH

az ml batch-endpoint delete --name $ENDPOINT_NAME --yes
