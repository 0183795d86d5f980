import { describe, expect, test } from '@jest/globals';
// @ts-expect-error it has no types
import validate from 'asl-validator';
import type { AnySaga } from '../../core/sagas/saga.ts';
import { everyPath, type Process } from '../../core/testing/every-path.ts';
import type { Walked } from '../../core/testing/path-search.ts';
import { stateOf, type World } from '../../core/testing/saga-world.ts';
import { type Definition, sagaDefinition } from '../../lib/saga-definition.ts';
import { booking, reception, room, till } from '../stay/index.ts';
import { isRetried, runMachine } from '../support/saga-machine.ts';
import { scriptsOf } from '../support/saga-scripts.ts';

/** The same process, whose last step can be undone: an event may interrupt it until all its steps are done. */
const withWayBack: AnySaga = {
  ...(reception as AnySaga),
  steps: Object.fromEntries(Object.entries((reception as AnySaga).steps).filter(([name]) => name !== 'Confirm')),
};
/** The same process without interruptions. */
const deaf: AnySaga = { ...(reception as AnySaga), interruptedBy: undefined };

const cancel = { to: booking, id: '7', command: { type: 'CancelBooking', data: { reason: 'ill' } } };
const close = { to: room, id: 'blue', command: { type: 'CloseRoom', data: {} } };
const receive = { to: till, id: '7', command: { type: 'ReceiveMoney', data: {} } };
const statusOf = (world: World) => stateOf(world, booking, '7').status;
const isHeld = (world: World) => stateOf(world, room, 'blue').heldFor === '7';
const isPaid = (world: World) => stateOf(world, till, '7').status === 'received';
const wasConfirmed = (world: World) => (world['booking-7']?.events ?? []).some(({ type }) => type === 'BookingConfirmed');

const process: Process = {
  given: [
    { to: room, id: 'blue', command: { type: 'CloseRoom', data: {} } }, // Before the booking, so it interrupts nothing.
    { to: booking, id: '7', command: { type: 'RequestBooking', data: { guestId: 'ada', roomId: 'blue', cents: 100 } } },
  ],
  outside: [receive, cancel],
  retries: 1,
  invariants: {
    'a booking ends confirmed, rejected or cancelled': (world) => !['new', 'requested'].includes(statusOf(world)),
    'the room is held ⇔ the booking was confirmed': (world) => isHeld(world) === wasConfirmed(world),
    'the money is kept ⇔ the booking was confirmed': (world) => isPaid(world) === wasConfirmed(world),
  },
};

const report = ({ paths, situations, failure }: Walked): string =>
  failure === undefined ? `${paths} paths through ${situations} situations` : [failure.broken, ...failure.path].join('\n');

describe('whatever interrupts a saga, and whenever:', () => {
  test.each([
    ['the guest cancels', process],
    ['the room is closed', { ...process, outside: [receive, close] }],
    ['both', { ...process, outside: [receive, cancel, close], retries: 0 }],
  ])('what was done is undone, or all is done: %s', (_, one) => {
    const walked = everyPath(reception, one);
    expect(report(walked)).toMatch(/paths through/);
    expect(walked.paths).toBeGreaterThan(1000n);
  });

  test('an event that came before the point of no return is obeyed: without the table the room stays taken', () => {
    const told: Process = {
      ...process,
      outside: [receive, close],
      invariants: { 'no booking of a closed room is confirmed': (world) => !isClosedBefore(world) },
    };
    expect(everyPath(deaf, told).failure?.broken).toBe('no booking of a closed room is confirmed');
    // With the table such a path needs a room that is closed after the saga has decided to confirm.
    const { failure } = everyPath(reception, told);
    const closed = failure?.path.indexOf('CloseRoom') ?? -1;
    expect(failure?.path.slice(0, closed)).toContain('Confirm/0: not interrupted');
  });

  test('a saga whose last step can be undone may be interrupted until it is over', () => {
    const open: Process = {
      ...process,
      invariants: { 'the room is held ⇔ the money is kept': (world) => isHeld(world) === isPaid(world) },
    };
    expect(report(everyPath(withWayBack, open))).toMatch(/paths through/);
  });
});

/** Whether the room was closed during the process, and the booking was confirmed all the same. */
const isClosedBefore = (world: World): boolean =>
  wasConfirmed(world) && (world['room-blue']?.events ?? []).filter(({ type }) => type === 'RoomClosed').length > 1;

const tries = 2;
const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:step';
const hasty = (saga: AnySaga): Definition =>
  JSON.parse(JSON.stringify(sagaDefinition(saga, arn)).replaceAll(/"MaxAttempts":[1-9]\d*/g, `"MaxAttempts":${tries}`));

const together: AnySaga = {
  ...(reception as AnySaga),
  steps: { ...withWayBack.steps, TakeMoney: { ...withWayBack.steps['TakeMoney'], alongside: 'HoldRoom' } as AnySaga['steps'][string] },
};

describe('the state machine does what an interruptible saga means, on every path:', () => {
  test.each([
    ['a last step without undo', reception as AnySaga],
    ['a last step with undo', withWayBack],
    ['steps that begin together', together],
  ])('%s', async (_, saga) => {
    const definition = hasty(saga);
    expect(validate(definition).errorsText()).toBe('');
    const input = { event: 'booking-7@1', correlationId: 'c', at: '2026-01-01T00:00:00.000Z' };
    const context = { bookingId: '7', guestId: 'ada', roomId: 'blue', cents: 100 };
    const scripts = scriptsOf(saga, context, 1);
    for (const script of scripts) {
      const { asked, output, calls } = await runMachine(definition, { ...input, context }, script, tries);
      expect({ asked: asked.toSorted(), isAborted: 'failed' in output }).toEqual({
        asked: script.stages.flat().toSorted(),
        isAborted: script.end === 'Aborted',
      });
      expect(calls).toBe(asked.length + tries * Object.values(script.endings).flat().filter(isRetried).length);
    }
    expect(scripts.length).toBeGreaterThan(20);
  });

  test('each task that may be interrupted says that its machine knows the answer', () => {
    const text = JSON.stringify(sagaDefinition(reception, arn));
    expect(text.split('"isInterruptible":true').length - 1).toBe(3);
    expect(JSON.stringify(sagaDefinition(deaf, arn))).not.toMatch(/nterrupt/);
  });
});
