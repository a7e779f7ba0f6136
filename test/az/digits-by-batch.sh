#!/bin/bash
# Images, a mini-batch at a time: endpoint, deployment, job, results, as Azure's own deploy-and-run.sh scripts do it. Nothing but `az` commands.
#
#   digits-by-batch.sh OUTPUT_FOLDER        in the folder examples/digits-images
set -e
OUTPUT_PATH=$1
ENDPOINT_NAME="digits-batch"

az configure --defaults group="batchwise" workspace="batchwise" location="local"
az ml batch-endpoint create --file /dev/stdin --name $ENDPOINT_NAME <<YAML
name: replaced-by-the-option
description: Handwritten digits
auth_mode: aad_token
YAML
az ml batch-deployment create --file deployment.yml --endpoint-name $ENDPOINT_NAME --set-default

JOB_NAME=$(az ml batch-endpoint invoke --name $ENDPOINT_NAME --input data/images --mini-batch-size 50 --query name -o tsv)
az ml job show -n $JOB_NAME --web
az ml job stream --name $JOB_NAME

STATUS=$(az ml job show -n $JOB_NAME --query status -o tsv)
if [[ $STATUS != "Completed" ]]; then
  echo "Job failed: $STATUS"
  exit 1
fi
az ml job download --name $JOB_NAME --download-path $OUTPUT_PATH

az ml batch-endpoint delete --name $ENDPOINT_NAME --yes
