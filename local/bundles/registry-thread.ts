// Runs inside a worker thread: imports the registry of a domain and says what is in it.

import { parentPort, workerData } from 'node:worker_threads';
import type { Domain } from '../../core/registry/domain.ts';
import { describeRegistry, type RegistryAnswer } from './registry.ts';

const answer = async (): Promise<RegistryAnswer> => {
  try {
    const { domain } = (await import(workerData as string)) as { readonly domain: Domain };
    return { registry: describeRegistry(domain) };
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    return { error: { message, stack } };
  }
};

parentPort?.postMessage(await answer());
