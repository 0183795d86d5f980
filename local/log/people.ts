import type { Registry } from '../bundles/registry.ts';
import type { Occurrence } from '../say.ts';
import type { Colours } from './colours.ts';
import { type Log, type Print, parted, recordIn, secondsSince } from './log.ts';
import { framesOf } from './trace.ts';

/** One line an event, a request and a step of a saga; an error with the frames of the team's own code. */
export const logForPeople = (print: Print, colours: Colours): Log => {
  const { bold, dim, green, red } = colours;
  let projections: Registry['projections'] = {};
  const lines = (text: readonly string[]): void => {
    for (const line of text) print(`  ${line}`);
  };
  return {
    line: (line) => {
      const { source, text } = parted(line);
      const record = recordIn(text);
      if (source === 'watch') lines([text.startsWith('✔') ? green(text) : text.startsWith('✖') ? red(text) : dim(text)]);
      else if (record === undefined) lines([`${dim(`${source} │`)} ${/^ +at /.test(text) ? inSources(text, colours) : text}`]);
      else lines(recordLines(source, record, colours));
    },
    tell: (occurrence) => lines(occurrenceLines(occurrence, projections, colours)),
    step: (title, done) => {
      const began = performance.now();
      done.then(
        () => lines([`${green('✔')} ${title} ${dim(secondsSince(began))}`]),
        () => {}, // The end says what went wrong.
      );
    },
    welcome: print,
    stopping: (reason) => print(dim(`\n  stopping: ${reason} …`)),
    onRegistry: (registry) => {
      projections = registry.projections;
    },
  };

  function inSources(text: string, { dim }: Colours): string {
    const { own, foreign } = framesOf(text);
    return own[0] ?? dim(foreign[0] ?? text);
  }

  function occurrenceLines(occurrence: Occurrence, known: Registry['projections'], paint: Colours): readonly string[] {
    if (occurrence.type === 'answered') {
      const { method, path, status, milliseconds } = occurrence;
      return [`${bold(method)} ${path} ${statusIn(status, paint)} ${dim(`${Math.round(milliseconds)} ms`)}`];
    }
    if (occurrence.type === 'step') {
      const { machine, execution, state } = occurrence;
      return [`${paint.cyan('◆')} ${machine} ${bold(state)} ${dim(execution)}`];
    }
    const { to, stream, version, types } = occurrence;
    // The projector listens to all events. An event that goes to the bus gets a second line, in a dim colour.
    if (!/projector/i.test(to)) return types.map((type, index) => dim(`  ${type} ${stream}@${version + index} → ${to}`));
    return types.map((type, index) => {
      const readers = known[type] ?? [];
      return `${green('●')} ${bold(type)} ${stream}@${version + index}${readers.length === 0 ? '' : dim(` → ${readers.join(', ')}`)}`;
    });
  }
};

const statusIn = (status: number, { green, yellow, red }: Colours): string =>
  (status >= 500 ? red : status >= 400 ? yellow : green)(String(status));

interface LoggedError {
  readonly name?: string;
  readonly message?: string;
  readonly stack?: string;
}

/** What says where a line comes from, and which other lines belong to it, is not for the eye. */
const quiet = new Set([
  ...['level', 'message', 'timestamp', 'service', 'error', 'sampling_rate', 'xray_trace_id', 'invocationId', 'requestId'],
  ...['correlationId', 'causationId', 'cold_start', 'function_name', 'route', 'path', 'subject', 'scopes', 'status'],
]);

/** `✖ Commands POST /order/42/PlaceOrder failed: TypeError: …`, and below it the frames. */
const recordLines = (source: string, record: Readonly<Record<string, unknown>>, { dim, red, yellow }: Colours): readonly string[] => {
  const { level, message, error, path } = record as { level?: string; message?: string; error?: LoggedError; path?: string };
  const facts = Object.entries(record)
    .filter(([name]) => !quiet.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const what = [source, path, message, ...(error === undefined ? [] : [`${error.name ?? 'Error'}: ${error.message ?? ''}`]), ...facts];
  const text = what.filter(Boolean).join(' ');
  const first = level === 'ERROR' || level === 'CRITICAL' ? red(`✖ ${text}`) : level === 'WARN' ? yellow(text) : text;
  if (error?.stack === undefined) return [first];
  const { own, foreign } = framesOf(error.stack);
  const folded =
    foreign.length === 0 ? [] : [dim(`    … ${foreign.length} frame${foreign.length === 1 ? '' : 's'} of the framework and of Node`)];
  return [first, ...(own.length === 0 ? foreign.map(dim) : [...own, ...folded])];
};
