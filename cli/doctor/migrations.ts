import { existsSync, globSync, readFileSync } from 'node:fs';
import { ofService } from '../../lib/folders.ts';
import { ownManifest } from '../package.ts';
import { type Finding, fits, unfit } from './findings.ts';

/** One step of an upgrade that a team makes by hand. It says by itself whether it is still to be made, by the files of the service. */
interface Migration {
  readonly since: string;
  readonly isPending: () => boolean;
  readonly pending: string;
  readonly remedy: string;
}

const domainFiles = (): readonly string[] => globSync('domain/**/*.ts', { cwd: ofService() });
const anyOf = (files: readonly string[], pattern: RegExp): boolean =>
  files.some((file) => pattern.test(readFileSync(ofService(file), 'utf8')));
const sorted = (value: unknown): string => JSON.stringify(Object.entries(value ?? {}).toSorted());

const overridesOf = (): unknown => {
  const { overrides } = JSON.parse(readFileSync(ofService('package.json'), 'utf8')) as { readonly overrides?: Record<string, unknown> };
  return overrides?.['amplify-dynamodb-simulator'];
};

/** Each has its paragraph in docs/upgrading.md. */
const migrations: readonly Migration[] = [
  {
    since: '0.2.0',
    isPending: () => anyOf(domainFiles(), /from '(#foldstream|(\.\.\/)+(core|adapters|test\/support)\/[^']*)'/),
    pending: 'the domain imports files of the framework by their path',
    remedy: "import from 'foldstream', and in tests from 'foldstream/testing'",
  },
  {
    since: '0.2.0',
    isPending: () => existsSync(ofService('domain/stand-ins.ts')),
    pending: 'domain/stand-ins.ts is not read any more',
    remedy: 'rename it domain/simulators.ts, its export `simulators`, and defineStandIn defineSimulator',
  },
  {
    since: '0.2.0',
    isPending: () => sorted(overridesOf()) !== sorted((ownManifest().overrides as Record<string, unknown>)['amplify-dynamodb-simulator']),
    pending: 'the overrides in package.json are not those of this Foldstream',
    remedy: 'copy `overrides` from node_modules/foldstream/package.json into package.json, then npm install',
  },
];

export const migrationFindings = (): readonly Finding[] => {
  const pending = migrations.filter(({ isPending }) => isPending());
  if (pending.length === 0) return [fits('Migrations', 'none is pending')];
  return pending.map(({ since, pending: what, remedy }) => unfit(`Migration to ${since}`, what, remedy));
};
