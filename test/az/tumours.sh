#!/bin/bash
# Tables, rows as a DataFrame: endpoint, deployment, job, results, as Azure's own deploy-and-run.sh scripts do it. Nothing but `az` commands.
#
#   tumours.sh OUTPUT_FOLDER        in the folder examples/tabular-dataframe
set -e
OUTPUT_PATH=$1
ENDPOINT_NAME="tumours"

az configure --defaults group="batchwise" workspace="batchwise" location="local"
az ml model create --name tumours --path model --type "custom_model"
az ml data create --name patients --type uri_folder --path data/tables
MODEL_VERSION=$(az ml model show --name tumours --label latest --query version --output tsv)

az ml batch-endpoint create --name $ENDPOINT_NAME
az ml batch-deployment create --file deployment.yml --endpoint-name $ENDPOINT_NAME --set-default
DEPLOYMENT_NAME=$(az ml batch-endpoint show --name $ENDPOINT_NAME --query defaults.deployment_name -o tsv)
az ml batch-deployment show --name $DEPLOYMENT_NAME --endpoint-name $ENDPOINT_NAME
echo "model version $MODEL_VERSION"

JOB_NAME=$(az ml batch-endpoint invoke --name $ENDPOINT_NAME --input azureml:patients@latest --query name -o tsv)
az ml job stream --name $JOB_NAME
az ml job download --name $JOB_NAME --output-name score --download-path $OUTPUT_PATH

az ml batch-endpoint delete --name $ENDPOINT_NAME --yes
