#!/usr/bin/env bash
# Deploys the built template to MiniStack by a plain `sam deploy`, makes up for what
# it lacks (stack.py says what), and plays the scenario: deploy.sh TOOLS ARCHITECTURE ;
# infra/tool/judge.sh calls it.
set -euo pipefail
tools=$1 arch=$2
here=$(cd "$(dirname "$0")" && pwd)
side=127.0.0.1:4578 # server of the side effects; the stack's AllowHosts

export GATEWAY_PORT=4576 BIND_HOST=127.0.0.1 IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 LOG_LEVEL=WARNING
export SERVICES=dynamodb,dynamodbstreams,sqs,lambda,states,stepfunctions,apigateway,apigatewayv2,execute-api,cloudformation,s3,iam,sts,logs,events,ssm,kms,scheduler,secretsmanager,monitoring,sns
export AWS_ENDPOINT_URL=http://127.0.0.1:$GATEWAY_PORT AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0

(cd "$tools" && exec ministack) >"$tools/ministack.log" 2>&1 &
emulator=$!
trap 'kill $emulator 2>/dev/null || true' EXIT
for ((n = 0; ; n++)); do
  if (exec 3<>/dev/tcp/127.0.0.1/$GATEWAY_PORT) 2>/dev/null; then break; fi
  if ((n == 300)) || ! kill -0 $emulator; then echo "MiniStack did not start:"; tail -40 "$tools/ministack.log"; exit 1; fi
  sleep 0.2
done

python3 -c 'import boto3, os; boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).create_bucket(Bucket="artefacts")'
sam deploy --template-file "$tools/stack/template.yaml" --stack-name judge --s3-bucket artefacts --no-confirm-changeset --no-progressbar \
  --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
  --parameter-overrides "Stage=dev Architecture=$arch AllowHosts=$side OpenAIBaseUrl=http://$side" >"$tools/sam-deploy.log" 2>&1 ||
  { tail -60 "$tools/sam-deploy.log"; exit 1; }
echo "ok  MiniStack took the template by sam deploy"

mkdir -p "$tools/functions" && rm -f "$tools/functions/"*
coproc HOST { JUDGE_LOGS="$tools/functions" exec python3 "$here/stack.py" $AWS_ENDPOINT_URL judge "$tools/stack" 4577; }
read -r facts <&"${HOST[0]}"
fact() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$facts" "$1"; }
"$tools/judge" stack --endpoint $AWS_ENDPOINT_URL --runs "$(fact runs)" --catalog "$(fact catalog)" --server $side \
  --api "$AWS_ENDPOINT_URL/_aws/execute-api/$(fact api)/\$default" ||
  { echo "logs of the functions: $tools/functions"; exit 1; }
