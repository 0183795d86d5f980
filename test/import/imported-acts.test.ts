import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recordedActs } from '../../core/operate/act-log.ts';
import { acts } from '../../core/operate/acts.ts';
import { spoken } from '../es/spawned.ts';
import { handlerOn } from '../support/handling.ts';
import { added, append, domain, end, endpoint, historyIn, importInto, newRegion, type Region, start } from './regions.ts';

// An export has the acts of operators, in streams of the framework: the import records them as all others.

const folder = mkdtempSync(join(tmpdir(), 'foldstream-acts-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a log in which operators have acted', () => {
  const month = '2026-11';
  const begin = (id: string) => ({ type: 'BeginAct', data: { id, act: 'redrive', target: 'tally-total tally-a', why: 'INC-1' } }) as const;
  const finish = (id: string) => ({ type: 'EndAct', data: { id, outcome: 'done', result: '1 stream' } }) as const;
  const act = (region: Region, command: ReturnType<typeof begin> | ReturnType<typeof finish>) => {
    const commandId = `${command.data.id}.${command.type}`;
    return handlerOn(region.store)(
      acts,
      { id: month },
      { commandId, correlationId: commandId, causationId: commandId, actor: 'ada', command },
    );
  };
  const actsIn = async ({ store }: Region) => {
    const found: string[] = [];
    for await (const { id, who, end: ended } of recordedActs({ eventStore: store, now: () => new Date('2026-11-30') }, '2024-01'))
      found.push(`${id} ${who} ${ended?.outcome ?? 'its end is not known'}`);
    return found;
  };
  const withActs = join(folder, 'acts.jsonl');
  let acted: Region;
  beforeAll(async () => {
    acted = await newRegion();
    await append(acted.store, { aggregate: 'tally', id: 'a' }, [added(1)], { commandId: 'c1' });
    for (const command of [begin('act-00001'), finish('act-00001'), begin('act-00002')]) await act(acted, command);
    expect(await spoken(['export', '--out', withActs, '--table', acted.table, ...endpoint], folder)).toMatchObject({ code: 0 });
  });

  test('is imported with its acts, and further acts come after them', async () => {
    const found = await newRegion();
    expect(await importInto(found, withActs)).toMatchObject({ code: 0, said: expect.not.stringContaining('Stopped') });
    expect(await historyIn(found)).toEqual(await historyIn(acted));
    await act(found, begin('act-00003'));
    expect(await actsIn(found)).toEqual(['act-00003 ada its end is not known', 'act-00002 ada its end is not known', 'act-00001 ada done']);
    expect(await importInto(found, withActs)).toMatchObject({ code: 0 }); // The same import once more changes nothing.
    expect(await actsIn(found)).toHaveLength(3);
  }, 60_000);

  test('is not mixed with acts of the new region: the import stops, and names their stream', async () => {
    const found = await newRegion();
    await act(found, begin('act-00009'));
    const { code, said } = await importInto(found, withActs);
    expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('system-2026-11 has another commit at version 1') });
    expect(await actsIn(found)).toEqual(['act-00009 ada its end is not known']);
  }, 60_000);

  test('no mapping brings acts in: a history of its own may not claim to be the acts of operators', async () => {
    const [faulty, mapping] = [join(folder, 'history.jsonl'), join(folder, 'mapping.ts')];
    writeFileSync(faulty, '{}');
    const root = (path: string) => JSON.stringify(join(import.meta.dirname, '../..', path));
    writeFileSync(
      mapping,
      `import * as z from ${root('node_modules/zod/index.js')};
       import { acts } from ${root('core/operate/acts.ts')};
       const data = { id: 'act-00001', act: 'redrive', target: 'x' };
       const entry = { decider: acts, stream: { aggregate: 'system', id: '2026-11' }, recordedAt: '2026-01-01T00:00:00.000Z' };
       const request = { commandId: 'a', correlationId: 'a', causationId: 'a', command: { type: 'Import', data: {} } };
       export const mapping = { line: z.object({}), toHistory: () => ({ ...entry, id: '2026-11', commandId: 'a', request, events: [{ type: 'ActBegun', data }] }) };`,
    );
    const { code, said } = await end(start(faulty, '--mapping', mapping, ...domain, '--check'));
    expect({ code, said }).toEqual({ code: 1, said: expect.stringMatching(/The domain has no aggregate 'system'/) });
  });
});
