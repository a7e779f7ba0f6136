#!/bin/bash
# Images, one file at a time: endpoint, deployment, job, results, as Azure's own deploy-and-run.sh scripts do it. Nothing but `az` commands.
#
#   digits-by-file.sh OUTPUT_FOLDER        in the folder examples/digits-images
set -e
OUTPUT_PATH=$1
ENDPOINT_NAME="digits-file"

az configure --defaults group="batchwise" workspace="batchwise" location="local"
if ! az ml compute show --name batch-cluster; then
  az ml compute create -n batch-cluster --type amlcompute --min-instances 0 --max-instances 5
fi
az ml batch-endpoint create --name $ENDPOINT_NAME
az ml batch-deployment create --file deployment-by-file.yml --endpoint $ENDPOINT_NAME --set-default --set compute=azureml:batch-cluster

JOB_NAME=$(az ml batch-endpoint invoke --name $ENDPOINT_NAME --input data/images --query name --output tsv)

# The loop that many scripts carry: these words mean that the job is on its way, any other that it is over.
STATUS=$(az ml job show -n $JOB_NAME --query status -o tsv)
RUNNING=("Queued" "NotStarted" "Starting" "Preparing" "Running" "Finalizing")
while [[ " ${RUNNING[*]} " == *" $STATUS "* ]]; do
  sleep 0.2
  STATUS=$(az ml job show -n $JOB_NAME --query status -o tsv)
done
az ml job stream --name $JOB_NAME
[[ $STATUS == "Completed" ]]
az ml batch-deployment list-jobs --name digits-by-file --endpoint-name $ENDPOINT_NAME --query "[].name"
az ml job download --name $JOB_NAME --output-name score --download-path $OUTPUT_PATH

az ml batch-endpoint delete --name $ENDPOINT_NAME --yes
