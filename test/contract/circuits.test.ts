import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoCircuits } from '../../adapters/outbound/dynamo-circuits.ts';
import { type Circuit, closedCircuit } from '../../core/calls/circuit.ts';
import type { Circuits } from '../../core/calls/guarded.ts';
import { memoryCircuits } from '../support/circuits.ts';
import { createNamesTable } from '../support/dynamo.ts';
import { trouble, troubled } from '../support/faults.ts';

const open: Circuit = { failures: 5, openings: 1, until: 30_000, since: 0 };

let table: string;
beforeAll(async () => {
  table = await createNamesTable();
});
const onDynamo = (told = trouble()) => dynamoCircuits({ client: troubled(told.on), table, newVersion: randomUUID });

describe.each<[string, () => Circuits]>([
  ['in memory', memoryCircuits],
  ['on DynamoDB', () => onDynamo()],
])('circuits %s', (_, make) => {
  test('are closed where nothing is known', async () => {
    expect(await make().read(randomUUID())).toEqual({ circuit: closedCircuit, version: undefined });
  });

  test('are replaced by the one who has read them last', async () => {
    const [circuits, name] = [make(), randomUUID()];
    const seen = await circuits.read(name);
    const first = await circuits.replace(name, seen, open);
    expect(first?.circuit).toEqual(open);
    expect(await circuits.replace(name, seen, { ...open, until: 1 })).toBeUndefined();
    expect(await circuits.read(name)).toEqual(first);
    const second = await circuits.replace(name, first as never, { ...open, until: 2 });
    expect(await circuits.replace(name, first as never, undefined)).toBeUndefined();
    expect(await circuits.replace(name, second as never, undefined)).toMatchObject({ version: undefined });
    expect((await circuits.read(name)).version).toBeUndefined();
  });

  test('keep the calls apart, and turn away those that would wait too long', async () => {
    const [circuits, name] = [make(), randomUUID()];
    const row = { apart: 100, now: 1000, mostMilliseconds: 250 };
    const places = [];
    for (let call = 0; call < 5; call++) places.push(await circuits.place(name, row));
    expect(places).toEqual([0, 100, 200, undefined, undefined]);
    expect(await circuits.place(name, { ...row, now: 1050 })).toBe(250);
    expect(await circuits.place(name, { ...row, now: 5000 })).toBe(0);
  });
});

test.each(['timed out, executed', 'answered 500, executed', 'delivered twice, the second time answered'] as const)(
  'a write that is %s, has been carried out',
  async (fault) => {
    const name = randomUUID();
    const seen = await onDynamo().read(name);
    const told = trouble({ fault, at: 1 });
    const written = await onDynamo(told).replace(name, seen, open);
    expect(written?.circuit).toEqual(open);
    expect(await onDynamo().read(name)).toEqual(written);
  },
);
