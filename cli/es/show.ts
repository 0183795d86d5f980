import { type Address, parseStreamName, streamName } from '../../core/basics/stream.ts';
import { type Commit, lastVersion, type Moment, recorded } from '../../core/log/event-store.ts';
import { foldingOf } from '../../core/write/decider.ts';
import type { Call, Command } from './command.ts';
import { type EventsTable, noEvents } from './events-table.ts';
import { type Flags, numberOf, onlyWord, timeOf, UsageError } from './flags.ts';
import { eventLine } from './lines.ts';
import { deciderIn, domainOf } from './local-domain.ts';
import { printed } from './output.ts';

export const show: Command = {
  usage: `npm run es -- show STREAM [--version N | --at TIME] [--events] [--json]
  What an aggregate (order-42) was at a version or at a time, otherwise now: its state, and the last commits before then.
  --at TIME        ISO 8601, with its zone: 2018-04-21T15:10:00Z; a date stands for its first moment, UTC
  --events         every event up to then, with its data as it is stored
  --json           one JSON object, for programs`,
  flags: {
    version: { type: 'string' },
    at: { type: 'string' },
    events: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: async ({ words, flags, open }: Call): Promise<number> => {
    const stream = streamIn(onlyWord(words));
    const moment = momentOf(flags);
    const table = await open();
    const decider = deciderIn(await domainOf(flags, table), stream.aggregate);
    const past = await table.eventStore.past(stream, foldingOf(decider), moment);
    if (past.version === 0) throw noEvents(table, streamName(stream), 'at' in moment ? ' before then' : '');
    const found = { stream, ...past };
    if (flags['json']) await showJson(table, found, flags['events'] === true);
    else await showText(table, found, flags['events'] === true);
    return 0;
  },
};

/** @throws UsageError. */
export const streamIn = (name: string | undefined): Address => {
  if (name === undefined) throw new UsageError('say which STREAM, like order-42');
  try {
    return parseStreamName(name);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
};

const momentOf = (flags: Flags): Moment => {
  const version = numberOf(flags, 'version', Number.MAX_SAFE_INTEGER);
  const at = timeOf(flags, 'at');
  if (version !== undefined && at !== undefined) throw new UsageError('--version and --at exclude each other');
  if (at === undefined) return { version: version ?? Number.MAX_SAFE_INTEGER };
  return { at };
};

interface Found {
  readonly stream: Address;
  readonly state: unknown;
  readonly version: number;
  readonly recordedAt: string;
}

const lastCommits = 20;

const showText = async (table: EventsTable, { stream, state, version, recordedAt }: Found, withEvents: boolean): Promise<void> => {
  console.log(`${streamName(stream)} at version ${version}, recorded ${recordedAt}\n\n${JSON.stringify(state, null, 2)}\n`);
  if (withEvents) {
    for await (const commit of commitsUpTo(table, stream, version))
      for (const event of recorded(commit)) await printed(`${eventLine(event)}\n`);
    return;
  }
  const { commits, next } = await newestCommits(table, stream, version);
  if (next !== undefined) console.log('     …  (--events shows all of them)');
  for (const commit of commits) console.log(commitLine(commit));
};

const showJson = async (table: EventsTable, found: Found, withEvents: boolean): Promise<void> => {
  const { stream, version } = found;
  const commits = withEvents ? commitsUpTo(table, stream, version) : (await newestCommits(table, stream, version)).commits;
  // Printed commit by commit, because all events of a stream may be more than the memory can hold.
  await printed(`${JSON.stringify({ ...found, stream: streamName(stream) }, null, 2).slice(0, -'\n}'.length)},\n  "commits": [`);
  let comma = '';
  for await (const { stream: _, events, ...commit } of commits) {
    const shown = JSON.stringify({ ...commit, ...(withEvents ? { events } : { types: typesOf(events) }) }, null, 2);
    await printed(`${comma}\n    ${shown.replaceAll('\n', '\n    ')}`);
    comma = ',';
  }
  console.log('\n  ]\n}');
};

const typesOf = (events: Commit['events']): readonly string[] => events.map(({ type }) => type);

const commitLine = (commit: Commit): string => {
  const { version, events, recordedAt, commandId, actor, by: process } = commit;
  const versions = events.length === 1 ? String(version) : `${version}–${lastVersion(commit)}`;
  const by = [actor === undefined ? '' : ` by ${actor}`, process === undefined ? '' : ` through ${process}`].join('');
  return `${versions.padStart(6)}  ${recordedAt}  ${typesOf(events).join(', ')}  (command ${commandId}${by})`;
};

/** Without the events after a version, where it is in the middle of the commit. */
const upTo = (version: number, commit: Commit): Commit =>
  lastVersion(commit) <= version ? commit : { ...commit, events: commit.events.slice(0, version - commit.version + 1) };

const newestCommits = async ({ eventStore }: EventsTable, stream: Address, version: number) => {
  const { commits, next } = await eventStore.read(stream, { from: version, limit: lastCommits, newestFirst: true });
  return { commits: commits.toReversed().map((commit) => upTo(version, commit)), next };
};

async function* commitsUpTo({ eventStore }: EventsTable, stream: Address, version: number): AsyncGenerator<Commit> {
  for (let from: number | undefined = 1; from !== undefined && from <= version; ) {
    const page: Awaited<ReturnType<typeof eventStore.read>> = await eventStore.read(stream, { from, limit: 500 });
    for (const commit of page.commits) if (commit.version <= version) yield upTo(version, commit);
    from = page.next;
  }
}
