// A state machine service around aws-local-stepfunctions, which was not written
// here: each line of the input starts a run of the definition; tasks call our
// functions through the address that is given, as the lambda:invoke integration does.
//
//   node machine.mjs DEFINITION ADDRESS FOLDER_WITH_NODE_MODULES
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [file, address, modules] = process.argv.slice(2);
const { StateMachine } = createRequire(`${modules}/package.json`)('aws-local-stepfunctions');
const definition = JSON.parse(readFileSync(file, 'utf8'));

// fault is an error by the name that a Retry or a Catch waits for.
function fault(name, message) {
  const error = new Error(message);
  error.name = name;
  return error;
}

// invoke is the lambda:invoke integration: it answers with the payload, or throws
// the function's own error, or the service's.
async function invoke({ FunctionName, Payload }) {
  const answer = await fetch(address, { method: 'POST', headers: { 'x-function': FunctionName }, body: JSON.stringify(Payload) });
  const text = await answer.text();
  if (answer.status === 429) throw fault('Lambda.TooManyRequestsException', 'Rate Exceeded.');
  if (!answer.ok) throw fault('Lambda.ServiceException', text);
  const body = JSON.parse(text);
  if (answer.headers.get('x-function-error')) throw fault(body.errorType, body.errorMessage);
  return { ExecutedVersion: '$LATEST', Payload: body, StatusCode: 200 };
}

// tasks yields the names of all tasks, those inside of a Map too.
function* tasks(block) {
  for (const [name, state] of Object.entries(block.States)) {
    if (state.Type === 'Task') yield name;
    if (state.ItemProcessor) yield* tasks(state.ItemProcessor);
  }
}
const handlers = Object.fromEntries([...tasks(definition)].map((name) => [name, invoke]));

async function run({ arn, name, input, startTime }) {
  const context = {
    Execution: { Id: arn, Name: name, Input: input, RoleArn: 'arn:aws:iam::000000000000:role/judge', StartTime: startTime },
    StateMachine: { Id: arn, Name: 'execution' },
  };
  // The definition is the one that is deployed: no override of waits or retries. It
  // is not validated, for the validator refuses ARNs that are not Lambda's own.
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const execution = machine.run(input, { context, overrides: { taskResourceLocalHandlers: handlers } });
  try {
    await execution.result;
  } catch (error) {
    console.error(`run ${name} failed: ${error.name}: ${error.message}`);
  }
}

const open = new Set();
for await (const line of createInterface({ input: process.stdin })) {
  const running = run(JSON.parse(line)).finally(() => open.delete(running));
  open.add(running);
}
await Promise.all(open);
