import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Domain } from '../../core/registry/domain.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { ofService, ownModule, packageFolder } from '../../lib/folders.ts';
import { parseCommand, UsageError } from '../command-line.ts';
import type { Addition } from './addition.ts';
import { aggregate } from './aggregate.ts';
import { calls } from './calls.ts';
import { inbox, readDocument } from './inbox.ts';
import { nameOf } from './names.ts';
import { projection } from './projection.ts';
import { reaction } from './reaction.ts';
import { withMember } from './registry.ts';
import { reminder } from './reminder.ts';
import { saga } from './saga.ts';
import { schedule } from './schedule.ts';
import { webhook } from './webhook.ts';

const flags = { of: { type: 'string' }, sends: { type: 'string' }, from: { type: 'string' }, events: { type: 'string' } } as const;

/** `foldstream add KIND NAME`. Answers the exit code. @throws UsageError, Error that says what to do; nothing is changed then. */
export const add = async (args: readonly string[]): Promise<number> => {
  const { values, positionals } = parseCommand('foldstream add', args, flags);
  const [kind = '', name, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError('Say what to add, and its name: foldstream add --help says more.');
  const index = ofService('domain/index.ts');
  if (!existsSync(index)) throw new Error('There is no domain/index.ts here: give the command in the repository of a service.');
  const { domain } = (await import(pathToFileURL(index).href)) as { readonly domain: Domain };
  write(kind === 'inbox' ? await inboxOf(name, values, domain) : additionOf(kind, name, values, domain), index);
  return 0;
};

const inboxOf = async (name: string, { from, events, sends }: InboxAsked, { deciders }: Domain): Promise<Addition> => {
  if (from === undefined)
    throw new UsageError("Say whose events it receives: --from URL or FILE of the other service's AsyncAPI document.");
  return inbox(name, await readDocument(from), { events, sends }, { deciders, folderOf });
};

interface InboxAsked {
  readonly from?: string;
  readonly events?: string;
  readonly sends?: string;
}

const additionOf = (kind: string, name: string, { of, sends }: { of?: string; sends?: string }, domain: Domain): Addition => {
  if (kind === 'aggregate') return aggregate(name);
  if (kind === 'schedule') return schedule(name, sends, domain.deciders, folderOf);
  if (kind === 'webhook') return webhook(name, sends, domain.deciders, folderOf);
  if (!['projection', 'saga', 'reaction', 'reminder', 'calls'].includes(kind))
    throw new UsageError(
      `'${kind}' cannot be added: aggregate, projection, saga, reaction, reminder, schedule, webhook, calls or inbox can.`,
    );
  const decider = deciderNamed(domain, kind, of);
  if (kind === 'projection') return projection(name, decider, folderOf(decider.name));
  if (kind === 'calls') return calls(name, decider, folderOf(decider.name));
  return { saga, reaction, reminder }[kind as 'saga' | 'reaction' | 'reminder'](name, decider, sends, domain.deciders, folderOf);
};

const deciderNamed = ({ deciders }: Domain, kind: string, name: string | undefined): AnyDecider => {
  const found = deciders.find((decider) => decider.name === name);
  if (found !== undefined) return found;
  const questions = {
    projection: 'whose events it shows',
    saga: 'which aggregate starts it',
    reminder: 'whose events set its time',
    calls: 'whose events cause the calls',
  };
  const question = questions[kind as keyof typeof questions] ?? 'to whose events it reacts';
  throw new UsageError(
    `Say ${question}: --of ${deciders.map((decider) => decider.name).join(' | ')}${name === undefined ? '' : `, not '${name}'`}.`,
  );
};

/** Where the registry imports an aggregate from. */
const folderOf = (aggregate: string): string => {
  const source = readFileSync(ofService('domain/index.ts'), 'utf8');
  const path = new RegExp(`import \\{[^}]*\\b${aggregate}\\b[^}]*\\} from '\\./([^']*)/[^/']*'`).exec(source)?.[1];
  return path ?? nameOf(aggregate).kebab;
};

/** Writes all of it, and takes it back where the domain does not stand any more. */
const write = ({ files, member, says }: Addition, index: string): void => {
  const paths = Object.keys(files).map((file) => ofService('domain', file));
  const there = paths.filter((path) => existsSync(path));
  if (there.length > 0) throw new Error(`${there.join(', ')} is there already: nothing was written.`);
  const before = readFileSync(index, 'utf8');
  const after = withMember(before, member);
  for (const [file, text] of Object.entries(files)) {
    const path = ofService('domain', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  writeFileSync(index, after);
  format([...paths, index]);
  const { status, stderr, stdout } = spawnSync(process.execPath, [ownModule('cli/schemas'), '--accept'], {
    cwd: ofService(),
    encoding: 'utf8',
  });
  if (status !== 0) {
    for (const path of paths) rmSync(path);
    writeFileSync(index, before);
    throw new Error(`The domain would not stand with it, so nothing was written:\n${`${stderr}${stdout}`.trim()}`);
  }
  for (const file of Object.keys(files)) console.log(`domain/${file}`);
  console.log(`domain/index.ts, domain/schemas.lock.json\n\n${says}`);
};

/** With the service's own Biome, where it has one. */
const format = (paths: readonly string[]): void => {
  try {
    const biome = join(packageFolder('@biomejs/biome'), 'bin/biome');
    spawnSync(process.execPath, [biome, 'check', '--write', ...paths], { cwd: ofService(), stdio: 'ignore' });
  } catch {
    // The service has another formatter.
  }
};
