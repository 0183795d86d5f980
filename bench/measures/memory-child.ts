import { allStores } from '../stores/all.ts';

// Loads one stream and prints the peak of live bytes, less those before the load. Collects garbage at each page.
const [name, endpoint = '', id = ''] = process.argv.slice(2);
const store = allStores.find((one) => one.name === name);
if (store === undefined) throw new Error(`there is no store '${name}'`);

const collect = globalThis.gc as () => void;
const alive = (): number => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const client = store.connect({ endpoint, region: 'eu-central-1', credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } });
const account = store.start(client);
await account.load('nobody'); // Loads code and opens sockets before the clock starts.
let peak = 0;
client.middlewareStack.add(
  (next) => async (args) => {
    const result = await next(args);
    peak = Math.max(peak, alive());
    return result;
  },
  { step: 'initialize', name: 'memory' },
);
const before = alive();
const state = await account.load(id);
peak = Math.max(peak, alive());
if (state.movements === 0) throw new Error(`${name} found no stream '${id}'`);
console.log(peak - before);
client.destroy();
