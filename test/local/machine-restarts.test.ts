import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { historyOf } from '../../local/machines/history.ts';
import { type Do, eventful, everything, machineOf, task, work } from './small-machine.ts';

describe('a restart', () => {
  const lines = async (folder: string) => (await readFile(join(folder, 'one.jsonl'), 'utf8')).split('\n').slice(0, -1);

  test('at any line of the journal leads to the same end, and repeats no task that has an answer', async () => {
    const { run, folder } = await machineOf(everything, { does: eventful() });
    const first = await run({ from: 7 });
    const whole = await lines(folder);
    expect(whole.length).toBeGreaterThan(50);
    for (let kept = 1; kept < whole.length; kept++) {
      const copy = await mkdtemp(join(work, 'copy-'));
      // The last line may be torn.
      await writeFile(join(copy, 'one.jsonl'), `${whole.slice(0, kept).join('\n')}\n${whole[kept]?.slice(0, 20)}`);
      const answered = whole.slice(0, kept).filter((line) => line.startsWith('{"type":"answered"') && !line.includes('Pause')).length;
      const second = await machineOf(everything, { folder: copy, does: afterwards(whole.slice(0, kept)) });
      second.machine.resume();
      const ended = await second.ended('one');
      expect(ended?.ending).toMatchObject({ status: 'SUCCEEDED', output: first?.ending?.output });
      expect([kept, second.calls.length + answered]).toEqual([kept, 14]);
    }
  });

  /** Goes on as `eventful` would, had it been told what is in the journal. */
  const afterwards = (journal: readonly string[]): Do => {
    const does = eventful();
    const answers = journal.map((line) => JSON.parse(line)).filter(({ type }) => type === 'answered');
    for (const { state, place } of answers) does(state, state === 'Step' ? { index: Number(place.split('.')[0]) } : {});
    return does;
  };

  test('keeps the definition that the execution began with', async () => {
    const old = { StartAt: 'A', States: { A: task({ Next: 'B' }), B: task({ End: true }) } };
    const first = await machineOf(old, { does: () => new Promise(() => {}) });
    first.machine.start('one', {});
    await first.machine.suspend();
    const second = await machineOf({ StartAt: 'C', States: { C: task({ End: true }) } }, { folder: first.folder });
    second.machine.resume();
    await second.ended('one');
    expect(second.calls.map(([state]) => state)).toEqual(['A', 'B']);
  });

  test('repeats a task that was running, and reports it', async () => {
    const asking = {
      StartAt: 'Ask',
      States: {
        Ask: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
          Parameters: { FunctionName: 'one', Payload: { 'token.$': '$$.Task.Token', 'retries.$': '$$.State.RetryCount' } },
          End: true,
        },
      },
    };
    const first = await machineOf(asking, { does: () => new Promise(() => {}) });
    first.machine.start('one', {});
    while (first.calls.length === 0) await setTimeout(1);
    await first.machine.suspend();
    const second = await machineOf(asking, { folder: first.folder, does: () => new Promise(() => {}) });
    second.machine.resume();
    while (second.calls.length === 0) await setTimeout(1);
    expect([...first.calls, ...second.calls].map(([, input]) => input)).toMatchObject([
      { Payload: { retries: 0 } },
      { Payload: { retries: 1 } },
    ]);
  });

  test('does not restart a wait', async () => {
    const waiting = { StartAt: 'A', States: { A: { Type: 'Wait', Seconds: 100, End: true } } };
    const first = await machineOf(waiting, { timeScale: 1 });
    first.machine.start('one', {});
    await setTimeout(5);
    await first.machine.suspend();
    const [began, ...rest] = await lines(first.folder);
    const earlier = rest.map((line) => line.replace(/("type":"entered".*"at":)"[^"]+"/, '$1"2020-01-01T00:00:00.000Z"'));
    await writeFile(join(first.folder, 'one.jsonl'), `${[began, ...earlier].join('\n')}\n`);
    const second = await machineOf(waiting, { timeScale: 1, folder: first.folder });
    second.machine.resume();
    expect((await second.ended('one'))?.status).toBe('SUCCEEDED');
  });

  test('keeps every execution and its history unchanged', async () => {
    const { run, folder, machine } = await machineOf(everything, { does: eventful() });
    await run({ from: 7 });
    const copy = join(work, 'history');
    await cp(folder, copy, { recursive: true });
    const second = await machineOf(everything, { folder: copy });
    second.machine.resume();
    expect(historyOf(second.machine.execution('one') as never)).toEqual(historyOf(machine.execution('one') as never));
  });
});
