import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { streamName } from '../../core/basics/stream.ts';
import { type Commit, lastVersion } from '../../core/log/event-store.ts';
import type { IntegrationEvent } from '../../core/publish/publication.ts';
import { type RelayPorts, relay, relayPositions } from '../../core/publish/relay.ts';
import { nothing } from '../../core/read/projection.ts';
import { progressKey } from '../../core/read/read-models.ts';
import { deliveriesOf } from '../support/projecting.ts';
import { runs } from '../support/runs.ts';
import { type Publish, relayLaw } from './relay-law.ts';

const real: Publish = (relaying) => (batch) => relay(relaying)(deliveriesOf(batch));

test('law: every event is published at least once, in the order of its stream, and never past one that failed', () =>
  fc.assert(relayLaw(real), runs(400)));

/** A relay of a few lines, in place of core's: what it publishes of a batch, and when it says so. */
const simple =
  (publish: (relaying: RelayPorts, commits: readonly Commit[], position: number) => Promise<void>, gate = inOrder): Publish =>
  (relaying) =>
  async (batch) => {
    const failed = new Map<string, unknown>();
    for (const { stream, commits } of deliveriesOf(batch)) {
      const key = progressKey(relayPositions, stream);
      const { version } = await relaying.readModels.get(relayPositions, key, 'strong');
      const next = gate(commits, version);
      const last = Math.max(version, ...next.map(lastVersion));
      try {
        await publish(relaying, next, version);
        await relaying.readModels.write(relayPositions, [{ key, tenant: undefined, from: version, next: { ...nothing, version: last } }]);
      } catch (error) {
        failed.set(streamName(stream), error);
      }
    }
    return failed;
  };

const inOrder = (commits: readonly Commit[], version: number): readonly Commit[] =>
  [...commits].sort((a, b) => a.version - b.version).filter((commit) => commit.version > version);

const eachOf = ({ integrationEvents }: RelayPorts, commits: readonly Commit[]): readonly IntegrationEvent[] =>
  commits.flatMap(integrationEvents);

const publishEach = async (relaying: RelayPorts, commits: readonly Commit[]): Promise<void> => {
  for (const event of eachOf(relaying, commits)) await relaying.bus.publish(event);
};

/** Core's relay, with something of its surroundings changed. */
const altered =
  (change: (relaying: RelayPorts) => Partial<RelayPorts>): Publish =>
  (relaying) =>
    real({ ...relaying, ...change(relaying) });

const broken: Readonly<Record<string, Publish>> = {
  'a gap is jumped over': simple(publishEach),
  'what comes is published as it comes': simple(publishEach, (commits) => commits),
  'it goes past an event that failed': altered(({ bus }) => ({ bus: { publish: (event) => bus.publish(event).catch(() => {}) } })),
  'all events of a batch are sent at once': altered(({ bus, integrationEvents }) => {
    const pending: Promise<void>[] = [];
    return {
      integrationEvents: (commit) => {
        pending.push(...integrationEvents(commit).map((event) => bus.publish(event)));
        for (const one of pending) one.catch(() => {});
        return integrationEvents(commit).slice(0, 1);
      },
      bus: { publish: async () => void (await Promise.all(pending.splice(0))) },
    };
  }),
  'the position is moved before the event is out': altered(({ readModels, bus, integrationEvents }) => ({
    integrationEvents: (commit) =>
      integrationEvents(commit).map((event) => ({ ...event, position: { stream: commit.stream, version: lastVersion(commit) } })) as never,
    bus: {
      publish: async (event) => {
        const { position, ...plain } = event as IntegrationEvent & {
          readonly position: { readonly stream: Commit['stream']; readonly version: number };
        };
        const key = progressKey(relayPositions, position.stream);
        const { version: from } = await readModels.get(relayPositions, key, 'strong');
        if (from < position.version)
          await readModels.write(relayPositions, [{ key, tenant: undefined, from, next: { ...nothing, version: position.version } }]);
        await bus.publish(plain as IntegrationEvent);
      },
    },
  })),
  'an event in the middle of a commit is left out': altered(({ integrationEvents }) => ({
    integrationEvents: (commit) => integrationEvents(commit).filter((_, index) => index !== 1),
  })),
  'an event is changed on its way': altered(({ integrationEvents }) => ({
    integrationEvents: (commit) => integrationEvents(commit).map((event) => ({ ...event, correlationid: 'another' })),
  })),
};

test.each(Object.entries(broken))('the law catches a broken relay: %s', async (_, publish) => {
  const { failed } = await fc.check(relayLaw(publish), { numRuns: 1000, endOnFailure: true, seed: 42 });
  expect(failed).toBe(true);
});
