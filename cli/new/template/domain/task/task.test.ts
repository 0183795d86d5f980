import type { CommandOf, EventOf } from 'foldstream';
import { refused, scenarios } from 'foldstream/testing';
import { task } from './decider.ts';

type Event = EventOf<typeof task>;
type Command = CommandOf<typeof task>;

const added: Event = { type: 'TaskAdded', data: { title: 'Read the tutorial' } };
const closed: Event = { type: 'TaskClosed', data: { reason: 'done' } };

const add: Command = { type: 'AddTask', data: { title: 'Read the tutorial' } };
const close: Command = { type: 'CloseTask', data: { reason: 'done' } };

scenarios(task, {
  'a new one is added': { given: [], when: add, then: [added] },
  'it is added once': { given: [added], when: add, then: refused('TaskAlreadyAdded') },
  'an open one is closed': { given: [added], when: close, then: [closed] },
  'closing twice changes nothing': { given: [added, closed], when: close, then: [] },
  'one that was never added cannot be closed': { given: [], when: close, then: refused('TaskNotOpen') },
});
