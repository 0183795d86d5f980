import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { before } from '../waiting.ts';
import type { Registry, RegistryAnswer } from './registry.ts';

const longestMilliseconds = 20_000;

/** The domain cannot be imported: `defineDomain` refuses it, or a module of it throws. */
export class DomainRefused extends Error {
  override readonly name = 'DomainRefused';
  readonly trace: string;

  constructor({ message, stack }: { readonly message: string; readonly stack: string }) {
    super(message);
    this.trace = stack;
  }
}

/** Imports the registry in a thread of its own, so that the next version of it is imported anew. @throws DomainRefused */
export const readRegistry = async (file: string): Promise<Registry> => {
  const worker = new Worker(file, { execArgv: [] });
  try {
    const answer = await before(longestMilliseconds, answerOf(worker));
    if (answer === undefined)
      throw new DomainRefused({ message: `its import did not end within ${longestMilliseconds / 1000} s`, stack: '' });
    if ('error' in answer) throw new DomainRefused(answer.error);
    return answer.registry;
  } finally {
    await worker.terminate();
  }
};

const answerOf = async (worker: Worker): Promise<RegistryAnswer> => {
  const ended = once(worker, 'exit').then(() => ({ error: { message: 'the import of the domain ended the process', stack: '' } }));
  const [answer] = await Promise.race([once(worker, 'message') as Promise<[RegistryAnswer]>, ended.then((error) => [error] as const)]);
  return answer;
};
