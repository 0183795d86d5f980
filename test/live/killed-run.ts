import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Replay, type RunningSystem, replay, runSystem } from '../e2e/running-system.ts';

export interface KilledRun {
  /** Orders, one JSON object a line; `count` of them. */
  readonly file: string;
  readonly count: number;
  readonly dataFolder: string;
  /** The folder of the domain: its API takes orders, and its payment provider has a simulator. */
  readonly domain: string;
  /** How long a second of a process is, in seconds of the clock. */
  readonly timeScale: number;
  /** The system is killed when this share of the orders has asked for its payment, once for each. */
  readonly killedAt: readonly number[];
  readonly shares: { readonly declined: number; readonly silent: number };
  readonly say: (line: string) => void;
}

export interface Lived {
  readonly first: Replay;
  /** The same once more. */
  readonly second: Replay;
}

/** `npm run replay -- FILE --live` against a system that is killed meanwhile, as a power cut would, and started again each time. */
export const killedRun = async (run: KilledRun): Promise<Lived> => {
  const { file, dataFolder, domain, timeScale, shares, say } = run;
  const port = await freePort();
  let system: RunningSystem = await runSystem(dataFolder, { domain, timeScale, port });
  const assemblyFolder = join(dataFolder, 'assembly');
  try {
    const provider = system.simulators['payment-provider'] as string;
    await fetch(`${provider}/behaviour`, { method: 'PUT', body: JSON.stringify(shares) });
    const options = ['--live', '--provider', provider, '--patience', '10'];
    const running = replay(system.url, file, ...options);
    for (const share of run.killedAt) {
      const asked = await askedFor(provider, share * run.count);
      say(`killed when ${asked} of ${run.count} payments had been asked for`);
      await system.kill();
      system = await runSystem(dataFolder, { domain, timeScale, port, assemblyFolder, simulators: true });
      if (system.simulators['payment-provider'] !== provider) throw new Error('the payment provider has moved: its port was taken');
      say('started again');
    }
    const first = await running.done;
    return { first, second: await replay(system.url, file, ...options).done };
  } finally {
    await system.stop();
  }
};

const askedFor = async (provider: string, least: number): Promise<number> => {
  for (;;) {
    const { payments } = (await (await fetch(provider)).json()) as { readonly payments: number };
    if (payments >= least) return payments;
    await setTimeout(100);
  }
};

/** One after which the next one is free, too: there the payment provider will listen. */
const freePort = async (): Promise<number> => {
  for (;;) {
    const port = await portOf(0);
    if (port !== undefined && (await portOf(port + 1)) !== undefined) return port;
  }
};

const portOf = async (wanted: number): Promise<number | undefined> => {
  const server = createServer().listen(wanted, '127.0.0.1');
  const listening = await once(server, 'listening').catch(() => undefined);
  if (listening === undefined) return undefined;
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
};
