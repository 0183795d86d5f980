import { commandTo } from 'foldstream';
import { webhookScenarios } from 'foldstream/testing';
import { bank, tab } from './index.ts';

const payIn = (id: string, cents: number) => commandTo(tab, { id, type: 'PayIn', data: { cents } });
const event = { id: 'evt_1', type: 'money.received', created: 1 };

webhookScenarios(bank, {
  'money is paid in': { given: { ...event, data: { tab: '42', cents: 7 } }, then: [payIn('42', 7)] },
  'a friend gets one, too': { given: { ...event, data: { tab: '42', cents: 7, friend: 'bob' } }, then: [payIn('42', 7), payIn('bob', 1)] },
  'no money is nothing': { given: { ...event, data: { tab: '42', cents: 0 } }, then: [] },
});
