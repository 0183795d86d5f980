// npm run import -- FILE --mapping MODULE: brings existing history in, in bulk and with its own times.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exported } from '../core/import/exported.ts';
import { type AnyMapping, type LineFormat, mapped } from '../core/import/mapping.ts';
import { acts } from '../core/operate/acts.ts';
import type { Domain } from '../core/registry/domain.ts';
import type { AnyDecider } from '../core/write/decider.ts';
import { ofService } from '../lib/folders.ts';
import { checkFile } from './import/check-file.ts';
import { type Checkpoint, checkpointIn } from './import/checkpoint.ts';
import { beginning, type Position } from './import/lines.ts';
import { type Options, parseOptions, usage } from './import/options.ts';
import { barOf, plain } from './import/report.ts';
import { run } from './import/run.ts';
import { clientOf, identityOf, runningDomain, type Target, targetOf } from './import/target.ts';

const stateFolder = ofService('.local');
const interrupted = 130;

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2), process.env['INIT_CWD'] ?? '.');
  if (options.help) return say(usage, 0);
  if (options.checkOnly) return (await check(await historyOf(inRunningDomain(options)), beginning)) === undefined ? 1 : 0;

  const target = targetOf(options, stateFolder);
  const history = await historyOf({ ...(target.domain === undefined ? {} : { domain: ofService(target.domain) }), ...options });
  demandNames(target, history.domain);
  const client = clientOf(target, options.concurrency);
  const checkpoint = checkpointOf(options, await identityOf({ ...target, client }));
  const from = checkpoint.load();
  if (from.line > 0) console.log(`Lines 1 to ${plain(from.line)} are in already.`);
  const lines = await check(history, from);
  if (lines === undefined) return 1;

  const signal = stopSignal();
  const { concurrency } = options;
  const isDone = await run({ ...history, tables: { ...target, client }, concurrency, checkpoint, from, lines, signal });
  client.destroy();
  if (isDone) return 0;
  return signal.aborted ? interrupted : 1;
};

/** A check needs no system. If one runs here, the file is checked against the domain that it runs, because the import will use that one. */
const inRunningDomain = (options: Options): Options => {
  const domain = runningDomain(options, stateFolder);
  return { ...(domain === undefined ? {} : { domain: ofService(domain) }), ...options };
};

interface SourceOfHistory {
  readonly file: string;
  readonly format: LineFormat;
  readonly acceptsRepeated: boolean;
  readonly domain: Domain;
  /** The aggregates that the file may have. */
  readonly known: readonly AnyDecider[];
}

const historyOf = async ({ file, mapping, tenant, skipsRepeated, domain: folder = ofService('domain') }: Options) => {
  const domain = await exportOf<Domain>(join(folder, 'index.ts'), 'domain');
  const known = aggregatesOf(domain, mapping);
  const format = mapping === undefined ? exported(deciderIn(known)) : mapped(await exportOf<AnyMapping>(mapping, 'mapping'), tenant);
  return { file, format, domain, known, acceptsRepeated: skipsRepeated } satisfies SourceOfHistory;
};

/** An export has the acts of operators, too, whose aggregate belongs to no domain. A mapping cannot bring acts in. */
const aggregatesOf = ({ deciders }: Domain, mapping: string | undefined): readonly AnyDecider[] =>
  mapping === undefined ? [...deciders, acts] : deciders;

const deciderIn =
  (known: readonly AnyDecider[]) =>
  (aggregate: string): AnyDecider => {
    const found = known.find(({ name }) => name === aggregate);
    if (found === undefined) throw new Error(`the domain has no aggregate '${aggregate}': say which domain has (--domain FOLDER)`);
    return found;
  };

/** @throws Error that names the module. */
const exportOf = async <T>(module: string, name: string): Promise<T> => {
  const found = (await import(pathToFileURL(module).href))[name];
  if (found === undefined) throw new Error(`${module} exports no '${name}'.`);
  return found as T;
};

const demandNames = ({ names }: Target, { deciders }: Domain): void => {
  const claiming = deciders.find(({ claims }) => claims !== undefined);
  if (names === '' && claiming !== undefined) throw new Error(`'${claiming.name}' claims names: say in which table they are (--names).`);
};

/** The position means something for this file, this mapping, this tenant and this table, and for nothing else. */
const checkpointOf = ({ file, mapping, tenant }: Options, tableIdentity: string): Checkpoint => {
  const { size, mtimeMs } = statSync(file);
  return checkpointIn(join(stateFolder, 'import'), [
    file,
    size,
    mtimeMs,
    ...(mapping === undefined ? ['exported'] : [mapping, readFileSync(mapping, 'utf8')]),
    tableIdentity,
    ...(tenant === undefined ? [] : [tenant]),
  ]);
};

/** Answers the number of the last line; nothing where there are faults, which are shown. */
const check = async ({ known, ...source }: SourceOfHistory, from: Position): Promise<number | undefined> => {
  const bar = barOf('checking', statSync(source.file).size);
  let bytes = 0;
  const onRead = (more: number) => {
    bytes += more;
    bar.at(bytes);
  };
  const checked = await checkFile({ ...source, from, now: new Date(), onRead }).finally(bar.stop);
  const { lines, events, aggregates, faults, firstFaults, repeated } = checked;
  for (const fault of firstFaults) console.error(fault);
  if (faults > 0) return say(`${plain(faults)} lines cannot be imported, so nothing was recorded.`, undefined);
  const unknown = [...aggregates].find((name) => !known.some((decider) => decider.name === name));
  if (unknown !== undefined) return say(`The domain has no aggregate '${unknown}': say which domain has (--domain FOLDER).`, undefined);
  if (repeated > 0) say(`${plain(repeated)} lines are equal to an earlier line, and are left out`, 0);
  return say(`${plain(lines - from.line)} lines checked: ${plain(events)} events to record`, lines);
};

/** The first Ctrl-C lets the lines that were begun be done; the second one does not wait. */
const stopSignal = (): AbortSignal => {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(interrupted);
      controller.abort();
    });
  return controller.signal;
};

const say = <T>(text: string, answer: T): T => {
  (answer === undefined ? console.error : console.log)(text);
  return answer;
};

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
