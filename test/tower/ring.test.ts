import { commandTo } from 'foldstream';
import { scheduleScenarios } from 'foldstream/testing';
import { bell, ring } from './index.ts';

scheduleScenarios(ring, {
  'each time is a stroke': {
    at: '2026-06-01T03:00:00.000Z',
    then: [commandTo(bell, { id: 'main', type: 'Ring', data: { at: '2026-06-01T03:00:00.000Z' } })],
  },
});
