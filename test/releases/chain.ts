import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { levels } from './domain.ts';
import { prove } from './proof.ts';
import { ask, type Service, startTraffic, type Traffic } from './traffic.ts';

/** A deployment: what changes with it, and the level of the service's code. A level lower than the one before is a rollback. */
export interface Release {
  readonly title: string;
  readonly level: number;
}

export const everyRelease: readonly Release[] = [
  { title: 'the first release', level: levels.first },
  { title: 'a new version of an event', level: levels.newEventVersion },
  { title: 'a new index', level: levels.newIndex },
  { title: 'a new projection', level: levels.newProjection },
  { title: 'a changed saga, with new events', level: levels.changedSaga },
  { title: 'two projections are removed', level: levels.removedProjections },
  { title: 'a renamed command', level: levels.renamedCommand },
  { title: 'a rollback by three releases', level: levels.newProjection },
  { title: 'forward again', level: levels.renamedCommand },
  { title: 'events that are renamed, split and dropped', level: levels.otherEvents },
];

/** Where a chain of releases runs: on the local system, or on an emulator of AWS. */
export interface Place {
  readonly service: Service;
  /** Begins the deployment of a release. Its code may answer before or after the promise is fulfilled. */
  deploy(level: number): Promise<void>;
  /** Runs a command of `es`, and returns its output. */
  es(command: string): Promise<string>;
  readonly ordersPerRelease: number;
  /** How long the last orders, and then the read models, may take. */
  readonly settleSeconds: number;
  /** Ends the chain before its end. */
  readonly signal: AbortSignal;
}

const begun = performance.now();
export const say = (text: string): void => console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}`);

/** Writes the registry of a domain at a level into a folder. */
export const writeDomain = (folder: string, level: number): void => {
  const module = relative(folder, join(process.cwd(), 'test/releases/domain.ts'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.ts'), `import { service } from '${module}';\n\nexport const domain = service(${level});\n`);
};

const until = async (what: string, { signal }: Place, isSo: () => Promise<boolean>): Promise<void> => {
  for (const late = Date.now() + 90_000; !(await isSo()); await setTimeout(100, undefined, { signal }))
    assert.ok(Date.now() < late, `it did not come: ${what}`);
};

/** Waits until the code of a level answers. */
const answers = (place: Place, level: number): Promise<void> =>
  until(`level ${level}`, place, async () => (await ask(place.service, '/order/probe/Probe', { data: {} }))?.code === `Level${level}`);

/** The ids of the payments that clients have paid and whose stream answers as expected. */
const paymentsThat = async (service: Service, { orders }: Traffic, isSo: (answer: Awaited<ReturnType<typeof ask>>) => boolean) => {
  const found: string[] = [];
  for (const { id, paid } of orders) if (paid && isSo(await ask(service, `/streams/payment/${id}`))) found.push(id);
  return found;
};

/** Waits until the newer release has recorded an event that the older one does not know. */
const untilNewerEvents = (place: Place, traffic: Traffic): Promise<void> =>
  until('a payment with an event of the newer release', place, async () => {
    const isNewer = (event: { readonly type: string }): boolean => event.type === 'AuditOrdered';
    return (await paymentsThat(place.service, traffic, (answer) => answer?.body.items?.some(isNewer))).length > 0;
  });

/** While the older code runs: a command to a stream with an event that it does not know waits, and a saga that it does not know, too. */
const whileRolledBack = async (service: Service, traffic: Traffic): Promise<void> => {
  const waiting = await paymentsThat(service, traffic, (answer) => answer?.code === 'NewerRelease');
  assert.ok(waiting.length > 0, 'no payment has an event of the newer release: the rollback has nothing to show');
  const answer = await ask(service, `/payment/${waiting[0]}/RefundPayment`, { data: {} });
  const { status, code, retryAfter, body } = answer ?? {};
  assert.deepEqual([status, code, retryAfter, body?.eventType, body?.schema], [503, 'NewerRelease', '60', 'AuditOrdered', 1]);
  say(`         ${waiting.length} streams wait for the newer release`);
};

/**
 * Deploys one release after the other, while clients use the service and sagas are under way.
 * @throws Error that names what was lost, compensated or shown wrong.
 */
export const runChain = async (place: Place, chain: readonly Release[], seed: number): Promise<void> => {
  const { service, ordersPerRelease, settleSeconds } = place;
  const [first] = chain as readonly [Release];
  await place.deploy(first.level);
  await answers(place, first.level);
  say(first.title);
  const traffic = startTraffic(service, seed, ordersPerRelease);
  place.signal.addEventListener('abort', traffic.stop);
  try {
    for (const [index, { title, level }] of chain.entries()) {
      const isRollback = level < (chain[index - 1]?.level ?? 0);
      if (index === 0) continue;
      await until('the orders of the release', place, async () => traffic.orders.length >= index * ordersPerRelease);
      if (isRollback) await untilNewerEvents(place, traffic);
      await place.deploy(level);
      await answers(place, level);
      traffic.deployment = index + 1;
      say(`${title}; ${traffic.orders.filter(({ confirmed }) => !confirmed).length} orders are under way`);
      if (isRollback) await whileRolledBack(service, traffic);
    }
    await until('the last orders', place, async () => traffic.orders.length >= chain.length * ordersPerRelease);
    traffic.drain();
    traffic.deployment += 3; // The clients that wait with their payment pay now.
    await traffic.settled(settleSeconds);
  } finally {
    await traffic.stop();
  }
  say(`${traffic.orders.length} orders are confirmed`);
  await prove(service, traffic.orders, settleSeconds);
  say('every event is there once, no saga has gone back, every read model is right');
  for (const command of ['audit', 'verify']) say(`es ${command}: ${(await place.es(command)).trim().split('\n').at(-1)}`);
};
