import { parkedStreams } from '../../core/operate/operations.ts';
import type { Call, Command } from './command.ts';
import { numberOf, onlyWord } from './flags.ts';
import { followersNamed, labelOf, openReadSide } from './read-side.ts';

export const parked: Command = {
  usage: `npm run es -- parked [PROJECTION] [--limit N] [--json]
  The streams that a projection has parked, because it cannot apply one of their events, with the error; those of all projections
  where none is named (order-summary, or one revision of it: order-summary@2), and those of which the relay cannot publish
  an event (relay). They are skipped until they are redriven.
  --limit N  at most N of each
  --json     one JSON object a line, for programs`,
  flags: { limit: { type: 'string' }, json: { type: 'boolean' } },
  run: async (call: Call): Promise<number> => {
    const name = onlyWord(call.words);
    const limit = numberOf(call.flags, 'limit', 1_000_000) ?? Number.POSITIVE_INFINITY;
    const side = await openReadSide(call);
    let found = 0;
    for (const projection of followersNamed(side, name)) {
      let shown = 0;
      for await (const fault of parkedStreams(side, projection)) {
        if (shown === limit) {
          console.error(`${labelOf(projection)} has more: --limit ${limit}`);
          break;
        }
        shown += 1;
        const { stream, eventId, error, parkedAt } = fault;
        if (call.flags['json']) console.log(JSON.stringify({ projection: projection.name, revision: projection.revision, ...fault }));
        else console.log(`${labelOf(projection)}  ${stream}  at ${eventId} since ${parkedAt}: ${error}`);
      }
      found += shown;
    }
    if (found === 0 && !call.flags['json']) console.log('Nothing is parked.');
    return 0;
  },
};
