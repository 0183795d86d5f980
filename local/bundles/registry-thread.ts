// Runs inside a worker thread: imports the registry of a domain and says what is in it.

import { parentPort } from 'node:worker_threads';
import { describeRegistry, type RegistryAnswer } from './registry.ts';

const answer = async (): Promise<RegistryAnswer> => {
  try {
    const { domain } = await import('#domain');
    return { registry: describeRegistry(domain) };
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    return { error: { message, stack } };
  }
};

parentPort?.postMessage(await answer());
