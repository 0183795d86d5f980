// npm run test:other-domain: the framework depends on no file of the marketplace. A copy of this repository gets the domain of a new
// service in place of domain/, and its types and tests must pass there. test/tidy.test.ts finds imports and names of the marketplace's
// files; this finds what depends on the marketplace without naming it, such as a test that starts the system with the domain by default.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stopSignal } from '../local/stop-signal.ts';

const usage = `npm run test:other-domain [-- --all] [-- PATTERN …]

Checks the types, and runs the tests that a dependency on the marketplace would break first: about two minutes on two cores.

  --domain FOLDER   the domain that takes the place of domain/ (cli/new/template/domain, that of a new service)
  --all             runs every test
  PATTERN           runs the tests whose path matches it`;

/** Tests that start a system, a Lambda function, an app of the CDK or a command with a domain, and those that read domain/ itself. */
const atRisk = [
  '/domain/.*/.*',
  '/core/(calls|publish|registry|sagas)/',
  '/test/(tidy|schemas|docs|operations)\\.test',
  '/test/stack/(app|service-stack)\\.test',
  '/test/edge/(access|openapi|asyncapi|published)\\.test',
  '/test/lambdas/(command|query|caller)\\.test',
  '/test/import/target\\.test',
  '/test/sagas/diagram\\.test',
  '/test/e2e/access\\.test',
];

const root = fileURLToPath(new URL('..', import.meta.url));

/** The files that git knows, and new ones, but those of domain/. */
const copyTo = (folder: string, domain: string): void => {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  if (listed.status !== 0) throw new Error(`git ls-files: ${listed.stderr}`);
  const files = listed.stdout.split('\0').filter((file) => file !== '' && !file.startsWith('domain/') && existsSync(join(root, file)));
  for (const file of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
  cpSync(domain, join(folder, 'domain'), { recursive: true });
  for (const modules of ['node_modules', 'bench/node_modules'])
    if (existsSync(join(root, modules))) symlinkSync(join(root, modules), join(folder, modules), 'junction');
};

/** Ends with this process. */
const runIn =
  (folder: string, stopped: AbortSignal) =>
  async (...args: readonly string[]): Promise<boolean> => {
    console.log(`\n$ node ${args.join(' ')}`);
    const child = spawn(process.execPath, args, { cwd: folder, stdio: 'inherit' });
    const end = () => child.kill();
    stopped.addEventListener('abort', end, { once: true });
    const [status] = await once(child, 'exit');
    stopped.removeEventListener('abort', end);
    stopped.throwIfAborted();
    return status === 0;
  };

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    options: {
      domain: { type: 'string', default: 'cli/new/template/domain' },
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const domain = resolve(root, values.domain);
  if (!existsSync(join(domain, 'index.ts'))) throw new Error(`there is no domain in ${domain}: it has no index.ts`);
  const folder = mkdtempSync(join(tmpdir(), 'foldstream-other-'));
  try {
    copyTo(folder, domain);
    const patterns = positionals.length > 0 ? positionals : atRisk;
    const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--silent', '--maxWorkers=2'];
    const run = runIn(folder, stopSignal());
    const isGreen =
      (await run('node_modules/typescript/bin/tsc')) && (await run(...jest, ...(values.all ? [] : ['--testPathPatterns', ...patterns])));
    console.log(isGreen ? '\nNothing depends on the marketplace.' : `\nWith the domain of ${values.domain} this does not pass: see above.`);
    return isGreen ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

process.exitCode = await main();
