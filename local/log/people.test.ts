import { describe, expect, test } from '@jest/globals';
import type { Occurrence } from '../say.ts';
import { coloursIf } from './colours.ts';
import { logAsJson } from './json.ts';
import { logForPeople } from './people.ts';

const printed = (use: (log: ReturnType<typeof logForPeople>) => void, hasColours = false): readonly string[] => {
  const lines: string[] = [];
  use(logForPeople((line) => lines.push(line), coloursIf(hasColours)));
  return lines;
};

const delivered: Occurrence = { type: 'delivered', to: 'Projector', stream: 'counter-1', version: 3, types: ['Counted', 'Closed'] };

describe('the log for people', () => {
  test.each<[string, Occurrence, readonly string[]]>([
    [
      'a request',
      { type: 'answered', method: 'POST', path: '/counter/1/Count', status: 200, milliseconds: 12.4 },
      ['  POST /counter/1/Count 200 12 ms'],
    ],
    ['events with their projections', delivered, ['  ● Counted counter-1@3 → totals, sums', '  ● Closed counter-1@4']],
    ['events that go elsewhere', { ...delivered, to: 'Relay', types: ['Counted'] }, ['    Counted counter-1@3 → Relay']],
    ['a step of a saga', { type: 'step', machine: 'Fulfilment', execution: 'e1', state: 'TakePayment' }, ['  ◆ Fulfilment TakePayment e1']],
  ])('has a line for %s', (_, occurrence, lines) => {
    const said = printed((log) => {
      log.onRegistry({ shape: '', projections: { Counted: ['totals', 'sums'] } });
      log.tell(occurrence);
    });
    expect(said).toEqual(lines);
  });

  test('shows an error with the frames of the team alone, and counts the others', () => {
    const stack = [
      'TypeError: it failed',
      '    at decide (test/local/inner-loop/shop.ts:5:3)',
      '    at handle (core/write/command-handler.ts:60:9)',
      '    at request (/anywhere/node_modules/@middy/core/index.js:1:1)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
    ].join('\n');
    const record = {
      level: 'ERROR',
      message: 'failed',
      path: '/counter/1/Count',
      correlationId: 'c',
      error: { name: 'TypeError', message: 'it failed', stack },
    };
    expect(printed((log) => log.line(`Commands │ ${JSON.stringify(record)}`))).toEqual([
      '  ✖ Commands /counter/1/Count failed TypeError: it failed',
      '      at decide (test/local/inner-loop/shop.ts:5:3)',
      '      … 3 frames of the framework and of Node',
    ]);
  });

  test('leaves other lines unchanged, and uses colours only if they are enabled', () => {
    expect(printed((log) => log.line('Write │ {not json'))).toEqual(['  Write │ {not json']);
    expect(printed((log) => log.line('watch │ ✖ broken'))).toEqual(['  ✖ broken']);
    expect(printed((log) => log.line('watch │ ✖ broken'), true)).toEqual(['  \u001b[31m✖ broken\u001b[0m']);
  });
});

test('the log for programs has one JSON object a line, and the fields that a function wrote', () => {
  const lines: string[] = [];
  const log = logAsJson((line) => lines.push(line));
  log.line('Commands │ {"level":"WARN","message":"Above10"}');
  log.line('Write │ plain');
  log.tell(delivered);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { source: 'Commands', level: 'WARN', message: 'Above10' },
    { source: 'Write', message: 'plain' },
    { source: 'local', ...delivered },
  ]);
});
