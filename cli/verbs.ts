import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ofService, ownModule, packageFolder } from '../lib/folders.ts';

/** A verb of the command `foldstream`. */
export interface Verb {
  /** One line, for the list of all. */
  readonly does: string;
  /** What `--help` of the verb prints; absent where the verb has a help page of its own. */
  readonly usage?: string;
  /** Answers the exit code; nothing where the verb sets it by itself. */
  readonly run: (args: readonly string[]) => Promise<number | undefined>;
}

/** A module that reads the command line by itself: what follows the verb. */
const module = (load: () => Promise<unknown>) => async (): Promise<undefined> => {
  process.argv.splice(2, 1);
  await load();
};

const start = async (): Promise<void> => {
  (await import('./data-version.ts')).recordVersion(process.argv.slice(2));
  await import('../local/main.ts');
};

/** A program on this Node. It gets the terminal, and a Ctrl-C by itself. */
const program = async (...args: readonly string[]): Promise<number> => {
  process.on('SIGINT', () => {});
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  return code ?? 1;
};

/** Without a pattern also the lock: a change that stored data would not survive fails like a test. */
const test = async (args: readonly string[]): Promise<number> => {
  const code = await program('--experimental-vm-modules', '--no-warnings', join(packageFolder('jest'), 'bin/jest.js'), ...args);
  if (args.length > 0 || !existsSync(ofService('domain/index.ts'))) return code;
  return Math.max(code, await program(ownModule('cli/schemas')));
};

const cdk = (command: string, ...more: readonly string[]) => ({
  usage: `foldstream ${command} [options of the CDK]

  runs \`cdk ${[command, ...more].join(' ')}\` on the app of this service, on the pinned Node. The options -c describe the stage:
  -c stage=prod                       dev, staging or prod (dev)
  -c issuer=https://… -c audience=…   the issuer and the audience of the tokens that the API accepts
  -c auth=none                        instead of these: the API requires no token
  npx cdk ${command} --help has the CDK's own options`,
  run: (args: readonly string[]) => program(join(packageFolder('aws-cdk'), 'bin/cdk'), command, ...more, ...args),
});

export const verbs: Readonly<Record<string, Verb>> = {
  new: {
    does: 'makes the repository of a new service',
    usage: `foldstream new FOLDER [--from SPEC] [--no-install]

  writes a service of its own repository into FOLDER: a domain with one aggregate, one projection and their tests, the CDK app, the CI;
  installs it, runs its tests, and commits it
  --from SPEC    the Foldstream that it installs: a tarball, a git address or a version; without it, the one that this command is of
  --no-install   writes the files and stops there`,
    run: async (args) => (await import('./new/new.ts')).newService(args),
  },
  add: {
    does: 'adds a member to the domain: an aggregate, a projection, or a process of some kind',
    usage: `foldstream add aggregate NAME
foldstream add projection NAME --of AGGREGATE
foldstream add saga NAME --of AGGREGATE [--sends AGGREGATE.Command]
foldstream add reaction NAME --of AGGREGATE --sends AGGREGATE.Command
foldstream add reminder NAME --of AGGREGATE --sends AGGREGATE.Command
foldstream add schedule NAME --sends AGGREGATE.Command
foldstream add webhook NAME --sends AGGREGATE.Command
foldstream add calls NAME --of AGGREGATE
foldstream add inbox NAME --from URL|FILE [--events TYPE,TYPE] --sends AGGREGATE.Command

  writes the files, a test, and the line of domain/index.ts, and records the new shapes in domain/schemas.lock.json
  aggregate    NAME as in the path of the API: order, loyaltyAccount
  projection   NAME in kebab-case; --of says whose events it shows
  saga         NAME in kebab-case; --of says which aggregate's first event starts it, --sends which command its first step sends
  reaction     NAME in kebab-case; --of says to whose first event it reacts, --sends which command it sends
  reminder     NAME in kebab-case; --of says a day after whose first event it reminds, --sends which command it sends
  schedule     NAME in kebab-case; --sends says which command it sends
  webhook      NAME of the provider in kebab-case; --sends says which command an event sends
  calls        NAME of the third party in kebab-case; --of says whose first event calls it
  inbox        NAME in kebab-case; --from names another service (URL) or its AsyncAPI document, --events some of its events, --sends a command`,
    run: async (args) => (await import('./add/add.ts')).add(args),
  },
  start: { does: 'runs the whole system on this machine', run: module(start) },
  test: {
    does: 'runs the tests of the domain, and compares it with its lock',
    usage: `foldstream test [PATTERN] [options of jest]

  runs every *.test.ts of this service and compares the domain with its lock, as \`foldstream schemas\` does; with a PATTERN, runs only the
  tests whose path has the PATTERN in it; --watch runs them again after a change`,
    run: test,
  },
  es: { does: 'looks at the events, the read models and the sagas of a running system', run: module(() => import('./es.ts')) },
  import: { does: 'brings existing history in', run: module(() => import('./import.ts')) },
  schemas: { does: 'compares what the domain stores with its lock, or records it (--accept)', run: module(() => import('./schemas.ts')) },
  token: { does: 'mints a token for a system that runs on this machine with --auth', run: module(() => import('./token.ts')) },
  synth: { does: 'makes the CloudFormation templates', ...cdk('synth', '-q') },
  deploy: { does: 'deploys the service to AWS', ...cdk('deploy') },
  diff: { does: 'compares the service with what is deployed', ...cdk('diff') },
  destroy: { does: 'removes a stage from AWS; what keeps data is kept', ...cdk('destroy') },
  doctor: {
    does: 'says what does not fit: Node, Java, versions, the lock of schemas, an upgrade that is not finished',
    usage: `foldstream doctor [--against TAG]

  checks this machine and this service; each line that does not fit says its remedy, and the exit code is then 1
  --against TAG   says instead what stands against a rollback of this release to TAG, a tag or a commit of git`,
    run: async (args) => (await import('./doctor/doctor.ts')).doctor(args),
  },
};
