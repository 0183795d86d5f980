// Runs the whole system as a process of its own, so that a test can kill it: node serve.ts DATA_FOLDER
import { startSystem } from '../../local/system.ts';

const { url, stop } = await startSystem({ port: 0, dataFolder: process.argv[2], log: (line) => console.error(line) });
console.log(url);
process.on('SIGTERM', () => stop());
