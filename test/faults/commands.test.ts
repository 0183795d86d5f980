import { beforeAll, describe, expect, test } from '@jest/globals';
import { createEventsTable } from '../support/dynamo.ts';
import { eachFault } from '../support/each-fault.ts';
import { faultNames, faults } from '../support/faults.ts';
import { add, close } from '../support/tally.ts';
import { type Trial, tryCommand } from './command-trial.ts';

let table: string;
beforeAll(async () => {
  table = await createEventsTable();
});

const trials: Readonly<Record<string, Trial>> = {
  'a first command': { given: [], when: add(1, 2), requests: ['Query', 'PutItem'] },
  'a command on a stream': { given: [add(1), add(2, 3)], when: add(4), requests: ['Query', 'PutItem'] },
  'a lost race': { given: [add(1)], rivals: [add(2)], when: add(3), requests: ['Query', 'PutItem', 'PutItem'] },
  'two lost races': {
    given: [],
    rivals: [add(1), add(2)],
    when: add(3),
    requests: ['Query', 'PutItem', 'PutItem', 'Query', 'PutItem'],
  },
  'a command that came before': { given: [add(1)], isRepeated: true, when: add(2), requests: ['Query'] },
  'a refusal': { given: [close], when: add(1), requests: ['Query', 'Query'] },
  'a command that finds it so already': { given: [close], when: close, requests: ['Query', 'Query'] },
  'a race lost to what makes it refused': { given: [], rivals: [close], when: add(1), requests: ['Query', 'PutItem', 'Query'] },
};

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('goes to the engine as often as it has to', async () => {
    expect((await tryCommand(table, trial)).requests).toEqual(trial.requests);
  });

  eachFault('is carried out once, whichever of its requests is met by: %s', (fault) =>
    Promise.all(trial.requests.map((_, index) => tryCommand(table, trial, { fault, at: index + 1 }))),
  );
});

test('a first command is carried out once, whichever two faults meet it', async () => {
  const passing = faultNames.filter((name) => !faults[name].lasts && name !== 'throttled');
  const places = [1, 2, 3, 4];
  const pairs = passing.flatMap((one) =>
    faultNames.flatMap((other) =>
      places.flatMap((at) =>
        places
          .filter((next) => next > at)
          .map((next) => [
            { fault: one, at },
            { fault: other, at: next },
          ]),
      ),
    ),
  );
  expect(pairs.length).toBeGreaterThan(100);
  await Promise.all(pairs.map((strikes) => tryCommand(table, trials['a first command'] as Trial, ...strikes)));
});
