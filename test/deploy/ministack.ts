import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { devNull, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { end, start } from './processes.ts';

/** A running MiniStack, which simulates AWS. */
export interface MiniStack {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts an empty MiniStack on 127.0.0.1 only, because MiniStack runs any code that it receives. */
export const startMiniStack = async (venv: string, logFile: string, signal: AbortSignal): Promise<MiniStack> => {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'foldstream-deploy-'));
  // MiniStack's other two servers would listen on other addresses, so they are off.
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
 * The environment of every program of this test. The pinned Node is first in the path, so it also runs the functions. It has no
 * credentials of an AWS account of this machine's user, so a misdirected request reaches no account.
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
