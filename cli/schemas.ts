// npm run schemas:accept [-- --domain FOLDER] [--projections] [--incompatible]: records the shapes of everything that the domain stores and publishes,
// and of its sagas and projections.
// Without --accept it compares only, as `npm test` does: exit code 1 if the lock and the code differ.
// The sources of `evolve` are compared, too, and who runs the code may rewrite them, as a transformer of tests does: so both
// run here, in a process of their own, on the pinned Node.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import { readModelsKey } from '../core/read/projection.ts';
import type { Domain } from '../core/registry/domain.ts';
import { sagasKey } from '../core/sagas/saga.ts';
import { type AnswerShapes, answerShapes, answersKey, compareAnswers } from '../core/schema-lock/answers.ts';
import { compare, type SchemaFinding } from '../core/schema-lock/comparison.ts';
import { currentShapes, type SchemaLock } from '../core/schema-lock/lock.ts';
import {
  compareReactions,
  compareSagas,
  type ReactionShapes,
  reactionShapes,
  reactionsKey,
  type SagaShapes,
  sagaShapes,
} from '../core/schema-lock/processes.ts';
import { compareReadModels, isOfDocuments } from '../core/schema-lock/projection-findings.ts';
import { type ReadModelsLock, readModelShapes } from '../core/schema-lock/projections.ts';
import { comparePublished, type PublishedShapes, publishedKey, publishedShapes } from '../core/schema-lock/published.ts';
import { compareInboxes, type InboxShapes, inboxesKey, inboxShapes } from '../core/schema-lock/received/received.ts';
import { rehearse, renewed } from '../core/schema-lock/rehearsal.ts';
import { newStreams } from '../core/schema-lock/sample-findings.ts';
import { ofService, packageFolder } from '../lib/folders.ts';
import { parseCommand, UsageError } from './command-line.ts';
import { scenariosIn } from './scenarios.ts';

const usage = `Usage: npm run schemas:accept [-- --domain FOLDER] [--projections] [--incompatible]
Records in FOLDER/schemas.lock.json (FOLDER: domain) the shape of every stored event version, what snapshots are made with, the
shape of every integration event and of every answer to a command, the steps and context of every saga, the events of every reaction
and inbox, and what every projection makes of samples and of the scenarios in your tests. A change that breaks stored events, snapshots, documents,
listeners, clients or executions of sagas that are under way is refused,
unless you insist with --incompatible, or with --projections for documents alone.`;

process.env['TZ'] = 'UTC'; // As on AWS: a row that reads local time makes the same documents on every machine.

const main = async (): Promise<number> => {
  const values = options();
  if (values.help) return say(usage, 0);
  const folder = values.domain === undefined ? ofService('domain') : resolve(process.env['INIT_CWD'] ?? '.', values.domain);
  const file = join(folder, 'schemas.lock.json');
  const { domain } = (await import(pathToFileURL(join(folder, 'index.ts')).href)) as { readonly domain: Domain };
  const { locked, published, answers, sagas, reactions, inboxes, readModels } = lockIn(file);
  const current = currentShapes(domain, sourceOf);
  const renewedLock = renewed(locked, current, domain, digest);
  const shapes = publishedShapes(domain, sourceOf);
  const answered = answerShapes(domain, answers, sourceOf);
  const running = sagaShapes(domain, sourceOf);
  const reacting = reactionShapes(domain);
  const receiving = inboxShapes(domain, sourceOf);
  const documents = readModelShapes(domain, { locked: renewedLock, scenarios: await scenariosIn(folder), sourceOf });
  const differences = [
    ...[...compare(locked, current), ...rehearse(locked, domain, digest), ...compareAnswers(answers, answered)],
    ...[...comparePublished(published, shapes), ...compareSagas(sagas, running), ...compareReactions(reactions, reacting)],
    ...compareInboxes(inboxes, receiving),
    ...compareReadModels(domain, readModels, documents),
  ];
  // Where the lock must be written anyway, new samples need no words.
  const findings = differences.length > 0 || readModels === undefined ? differences : newStreams(readModels, documents);
  const name = relative(ofService(), file);
  if (findings.length === 0) return say(`${name} is up to date`, 0);
  if (!values.accept) return say(`${report(findings)}\n\n${name} and the code differ in ${counted(findings)}.`, 1);
  const isTaken = (finding: SchemaFinding): boolean => values.projections && isOfDocuments(finding);
  const refused = findings.filter((finding) => finding.severity === 'incompatible' && !isTaken(finding));
  if (refused.length > 0 && !values.incompatible) return say(`${report(refused)}\n\n${refusal(name, refused)}`, 1);
  const processes = { ...unlessEmpty(sagasKey, running), ...unlessEmpty(reactionsKey, reacting) };
  const received = unlessEmpty(inboxesKey, receiving);
  const kept = { ...unlessEmpty(publishedKey, shapes), ...unlessEmpty(answersKey, answered), ...processes, ...received };
  const read = domain.projections.length === 0 ? {} : { [readModelsKey]: documents };
  writeFileSync(file, formatted({ ...renewedLock, ...kept, ...read }));
  return say(`${report(findings)}\n\n${name} is written, with ${counted(findings)}.`, 0);
};

const unlessEmpty = (key: string, shapes: object): object => (Object.keys(shapes).length === 0 ? {} : { [key]: shapes });

interface Lock {
  readonly locked: SchemaLock;
  readonly published: PublishedShapes;
  readonly answers: AnswerShapes;
  readonly sagas: SagaShapes;
  readonly reactions: ReactionShapes;
  readonly inboxes: InboxShapes;
  /** Absent in the lock of an earlier release. */
  readonly readModels: ReadModelsLock | undefined;
}

/** What is stored, by aggregate; what is published; what commands answer; the sagas; the reactions; and the projections. */
const lockIn = (file: string): Lock => {
  const lock = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const { [publishedKey]: published = {}, [answersKey]: answers = {}, [sagasKey]: sagas = {}, ...more } = lock;
  const { [reactionsKey]: reactions = {}, [inboxesKey]: inboxes = {}, [readModelsKey]: readModels, ...locked } = more;
  return { locked, published, answers, sagas, reactions, inboxes, readModels };
};

const options = () =>
  parseCommand('npm run schemas:accept --', process.argv.slice(2), {
    accept: { type: 'boolean', default: false },
    incompatible: { type: 'boolean', default: false },
    projections: { type: 'boolean', default: false },
    domain: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  }).values;

/** A function's source without its formatting and comments, so that only other code is another source. */
const sourceOf = (code: unknown): string => {
  const text = String(code);
  for (const expression of [`(${text})`, `({${text}})`]) {
    try {
      return transformSync(expression, { minifyWhitespace: true, legalComments: 'none', logLevel: 'silent' })
        .code.trim()
        .replace(/^\((.*)\);$/s, '$1');
    } catch {
      // A method is an expression only inside of an object.
    }
  }
  throw new Error(`the source of a function is not visible: ${text}`);
};

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** As the service's own formatter leaves it: Biome, where the service has it. */
const formatted = (lock: object): string => {
  const plain = `${JSON.stringify(lock, null, 2)}\n`;
  const biome = biomeOf();
  if (biome === undefined) return plain;
  const { stdout, stderr, status } = spawnSync(process.execPath, [biome, 'format', '--stdin-file-path=schemas.lock.json'], {
    cwd: ofService(),
    input: plain,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the lock could not be formatted: ${stderr}`);
  return stdout;
};

const biomeOf = (): string | undefined => {
  try {
    return join(packageFolder('@biomejs/biome'), 'bin/biome');
  } catch {
    return undefined;
  }
};

const report = (findings: readonly SchemaFinding[]): string => findings.map(describe).join('\n');

const describe = ({ severity, path, change, before, after, breaks, remedy }: SchemaFinding): string =>
  [
    `${severity}: ${path} ${change}`,
    ...(before === undefined ? [] : [`  - ${text(before)}`]),
    ...(after === undefined ? [] : [`  + ${text(after)}`]),
    ...(breaks === undefined ? [] : [`  breaks: ${breaks}`]),
    `  remedy: ${remedy}`,
  ].join('\n');

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const counted = (findings: readonly SchemaFinding[]): string => {
  const bad = findings.filter(({ severity }) => severity === 'incompatible').length;
  return `${findings.length} ${findings.length === 1 ? 'place' : 'places'}, ${bad} incompatible with what is stored, published or under way`;
};

const refusal = (name: string, refused: readonly SchemaFinding[]): string =>
  `${name} is not written: ${refused.length} of the changes break stored data, read models, listeners or sagas that are under way. Do as the\nremedies say. If there are none yet, or you know that the change does not break them, run: npm run schemas:accept -- --incompatible`;

const say = (message: string, code: number): number => {
  (code === 0 ? console.log : console.error)(message);
  return code;
};

/** A test file that was loaded for its scenarios may have left something open. */
const endAtLast = (): void => void setTimeout(() => process.exit(), 1000).unref();

process.exitCode = await main().catch((error: unknown) =>
  say(error instanceof Error ? error.message : String(error), error instanceof UsageError ? 2 : 1),
);
endAtLast();
