// transformers.js with the model of layers/minilm, on one thread, nothing fetched:
//
//   node rival.mjs FOLDER first          embeds one text and ends
//   node rival.mjs FOLDER run < JSON     measures; FOLDER holds the model as transformers.js wants it
import { readFileSync } from "node:fs";
import { env, AutoModel, AutoTokenizer } from "@huggingface/transformers";

env.allowRemoteModels = false;
env.localModelPath = process.argv[2];
const tokenizer = await AutoTokenizer.from_pretrained("minilm");
const model = await AutoModel.from_pretrained("minilm", {
  dtype: "fp32", // the file's name; its weights are int8
  session_options: { intraOpNumThreads: 1, interOpNumThreads: 1 },
});

// embed returns one vector for each text.
async function embed(texts) {
  const { sentence_embedding } = await model(tokenizer(texts, { padding: true, truncation: true, max_length: 256 }));
  return sentence_embedding;
}

// nearest scores all rows of a matrix and returns the best ten.
function nearest(query, matrix, rows) {
  const scores = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let i = 0, at = r * 384; i < 384; i++) sum += query[i] * matrix[at + i];
    scores[r] = sum;
  }
  return [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, 10);
}

const ms = (since) => Number(process.hrtime.bigint() - since) / 1e6;

if (process.argv[3] === "first") {
  const v = await embed(["when a customer pays, send a welcome email"]);
  console.log(JSON.stringify({ vector: [...v.data.subarray(0, 384)] }));
  process.exit(0);
}

const { queries, templates, rounds } = JSON.parse(readFileSync(0, "utf8"));
const index = new Float32Array(templates.length * 384);
for (const [i, t] of templates.entries()) index.set((await embed([t])).data, i * 384);
for (const q of queries.slice(0, 20)) await embed([q]); // warm

// phase runs a piece of work and notes the processor time that it took, in ms.
const cpu = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e3;
async function phase(list, work) {
  const before = cpu();
  await work();
  list.push(cpu() - before);
}

const out = { query: [], again: [], queryCpu: [], batch1: [], batch1Cpu: [], batch32: [], batch32Cpu: [], vectors: [] };
for (let round = 0; round < rounds; round++) {
  await phase(out.queryCpu, async () => {
    for (const q of queries) {
      const since = process.hrtime.bigint();
      nearest((await embed([q])).data, index, templates.length);
      out.query.push(ms(since));
    }
  });
  for (const q of queries) {
    const since = process.hrtime.bigint();
    nearest((await embed([q])).data, index, templates.length);
    out.again.push(ms(since));
  }
  let began = process.hrtime.bigint();
  await phase(out.batch1Cpu, async () => {
    for (const q of queries) await embed([q]);
  });
  out.batch1.push(queries.length / (ms(began) / 1e3));
  began = process.hrtime.bigint();
  await phase(out.batch32Cpu, async () => {
    for (let i = 0; i < queries.length; i += 32) await embed(queries.slice(i, i + 32));
  });
  out.batch32.push(queries.length / (ms(began) / 1e3));
}
for (const q of queries.slice(0, 10)) out.vectors.push([...(await embed([q])).data]);
console.log(JSON.stringify(out));
