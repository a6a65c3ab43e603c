// transformers.js with the model of layers/minilm, on one thread, nothing fetched:
//
//   node rival.mjs FOLDER first     embeds one text and ends
//   node rival.mjs FOLDER serve     answers the requests of child.go, a line each;
//                                   FOLDER holds the model as transformers.js wants it
import { createInterface } from "node:readline";
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

let index = new Float32Array(0);
let rows = 0;

const work = {
  async index(texts) {
    rows = texts.length;
    index = new Float32Array(rows * 384);
    for (const [i, t] of texts.entries()) index.set((await embed([t])).data, i * 384);
  },
  async fresh() {}, // it keeps no queries
  async search(texts, out) {
    for (const t of texts) {
      const since = process.hrtime.bigint();
      nearest((await embed([t])).data, index, rows);
      out.ms.push(ms(since));
    }
  },
  async embed(texts, out) {
    for (const t of texts) {
      const since = process.hrtime.bigint();
      const { data } = await embed([t]);
      out.ms.push(ms(since));
      out.vectors.push([...data]);
    }
  },
  async batch(texts, out) {
    const since = process.hrtime.bigint();
    await embed(texts);
    out.ms.push(ms(since));
  },
};

const cpu = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e3;
for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, texts } = JSON.parse(line);
  const out = { ms: [], vectors: [], cpu: 0 };
  const before = cpu();
  await work[what](texts ?? [], out);
  out.cpu = cpu() - before;
  console.log(JSON.stringify(out));
}
