// ONNX Runtime's side of the benchmark: "NETWORK MODE BATCH THREADS" in, seconds a batch out.
// node peer_onnx.js DIRECTORY, which has node_modules/onnxruntime-node and NETWORK.onnx.
const path = require("path");
const readline = require("readline");

const directory = path.resolve(process.argv[2]);
const ort = require(path.join(directory, "node_modules", "onnxruntime-node"));
const shapes = {
  starcnet: [5, 32, 32],
  resnet18: [6, 299, 299],
  vgg19_bn: [6, 299, 299],
  resnet50: [3, 224, 224],
};

async function time(session, feeds) {
  const start = process.hrtime.bigint();
  await session.run(feeds);
  return Number(process.hrtime.bigint() - start) * 1e-9;
}

async function main() {
  let key = null, session, feeds;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [name, , batch, threads] = line.split(" ");
    if (line !== key) {
      session = await ort.InferenceSession.create(path.join(directory, `${name}.onnx`), {
        executionProviders: ["cpu"],
        intraOpNumThreads: Number(threads),
        graphOptimizationLevel: "all",
      });
      const dims = [Number(batch), ...shapes[name]];
      const values = Float32Array.from(
        { length: dims.reduce((a, b) => a * b) }, () => Math.random() - 0.5);
      feeds = { input: new ort.Tensor("float32", values, dims) };
      await time(session, feeds);
      key = line;
    }
    console.log((await time(session, feeds)).toFixed(6));
  }
}

main();
