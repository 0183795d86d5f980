import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { end, run, start } from './processes.ts';

/** It cannot be had on this machine, which says nothing about the project. */
export class Unobtainable extends Error {}

/** What stands for AWS. */
export interface MiniStack {
  readonly url: string;
  stop(): Promise<void>;
}

const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));

/** Makes a virtual environment with MiniStack in it, unless there is one. @throws Unobtainable, or Error where what comes is not what was asked for. */
export const install = async (venv: string, signal: AbortSignal): Promise<void> => {
  const python = join(venv, 'bin/python');
  const stamp = join(venv, 'installed.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(venv, { recursive: true, force: true });
  const options = { env: process.env, signal };
  const orElse = (reason: string) => () => {
    signal.throwIfAborted();
    throw new Unobtainable(reason);
  };
  if (process.platform === 'win32') throw new Unobtainable('it was never tried on Windows');
  await run('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))'], options).catch(
    orElse('there is no Python 3.10 or newer'),
  );
  await run('python3', ['-m', 'venv', venv], options).catch(orElse('python3 -m venv does not work here'));
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--timeout=15', '--retries=2'];
  try {
    await run(python, [...pip, '--only-binary=:all:', '--require-hashes', '--requirement', requirements], options);
  } catch (error) {
    throw isUnreachable(error as Error) ? new Unobtainable('PyPI cannot be reached') : error;
  }
  writeFileSync(stamp, wanted);
};

/** What pip says where nobody answers. A package that is gone, or not what its hash says, is another matter. */
const isUnreachable = ({ message }: Error): boolean =>
  /connection broken|from versions: none|timed out|Max retries exceeded/i.test(message);

/** Starts it, empty, where only this machine reaches it: it runs whatever it is sent. */
export const startMiniStack = async (venv: string, logFile: string, signal: AbortSignal): Promise<MiniStack> => {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'foldstream-deploy-'));
  // Its other two servers would listen elsewhere.
  const own = { BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port), IOT_MTLS_ENABLED: '0', SFTP_ENABLED: '0', TMPDIR: folder };
  const server = start(join(venv, 'bin/python'), ['-m', 'ministack'], { ...environment(), ...own });
  const log = createWriteStream(logFile);
  for (const stream of [server.stdout, server.stderr]) stream?.pipe(log, { end: false });
  const stop = async () => {
    await end(server);
    log.end();
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    while (!(await isUp(url))) {
      if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode}`);
      await setTimeout(200, undefined, { signal });
    }
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/_ministack/health`).then(
    ({ ok }) => ok,
    () => false,
  );

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });

export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * What everything runs with here: the pinned Node first, which then runs the functions, too, and nothing of an account that the
 * user of this machine may have. A request that went astray would be nobody's.
 */
export const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.toUpperCase().startsWith('AWS_'))),
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_REGION: 'us-east-1',
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
  NO_PROXY: '127.0.0.1,localhost',
  no_proxy: '127.0.0.1,localhost',
});
