// npm run import -- FILE --mapping MODULE: brings existing history in, in bulk and with its own times.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyMapping } from '../core/import/mapping.ts';
import type { Domain } from '../core/registry/domain.ts';
import { ofService } from '../lib/folders.ts';
import { checkFile } from './import/check-file.ts';
import { type Checkpoint, checkpointIn } from './import/checkpoint.ts';
import { beginning, type Position } from './import/lines.ts';
import { type Options, parseOptions, usage } from './import/options.ts';
import { barOf, plain } from './import/report.ts';
import { run } from './import/run.ts';
import { clientOf, identityOf, type Target, targetOf } from './import/target.ts';

const stateFolder = ofService('.local');
const interrupted = 130;

const main = async (): Promise<number> => {
  const options = parseOptions(process.argv.slice(2), process.env['INIT_CWD'] ?? '.');
  if (options.help) return say(usage, 0);
  if (options.checkOnly) return (await check(await historyOf(options), beginning)) === undefined ? 1 : 0;

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

interface SourceOfHistory {
  readonly file: string;
  readonly mapping: AnyMapping;
  readonly tenant?: string | undefined;
  readonly domain: Domain;
}

const historyOf = async ({ file, mapping, tenant, domain = ofService('domain') }: Options): Promise<SourceOfHistory> => ({
  file,
  tenant,
  mapping: await exportOf<AnyMapping>(mapping, 'mapping'),
  domain: await exportOf<Domain>(join(domain, 'index.ts'), 'domain'),
});

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
    mapping,
    readFileSync(mapping, 'utf8'),
    tableIdentity,
    ...(tenant === undefined ? [] : [tenant]),
  ]);
};

/** Answers the number of the last line; nothing where there are faults, which are shown. */
const check = async ({ file, mapping, tenant, domain }: SourceOfHistory, from: Position): Promise<number | undefined> => {
  const bar = barOf('checking', statSync(file).size);
  let bytes = 0;
  const onRead = (more: number) => {
    bytes += more;
    bar.at(bytes);
  };
  const { lines, events, aggregates, faults, firstFaults } = await checkFile({ file, mapping, tenant, from, onRead }).finally(bar.stop);
  for (const fault of firstFaults) console.error(fault);
  if (faults > 0) return say(`${plain(faults)} lines cannot be imported, so nothing was recorded.`, undefined);
  const unknown = [...aggregates].find((name) => !domain.deciders.some((decider) => decider.name === name));
  if (unknown !== undefined) return say(`The domain has no aggregate '${unknown}': say which domain has (--domain FOLDER).`, undefined);
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
