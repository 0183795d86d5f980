// Runs the whole system as a process of its own, so that a test can kill it: node serve.ts DATA_FOLDER OPTIONS_JSON
import { startSystem } from './system.ts';

const [, , dataFolder, options = '{}'] = process.argv;
const { url, stop } = await startSystem({ port: 0, ...JSON.parse(options), dataFolder, log: (line: string) => console.error(line) });
console.log(url);
process.on('SIGTERM', () => stop());
