import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { ownFile, packageFolder } from '../lib/folders.ts';

export interface Engine {
  readonly endpoint: string;
  /** True if somebody else runs it, so that its data outlives us. */
  readonly external: boolean;
  /** Resolves if the engine ends without being stopped. */
  readonly crashed: Promise<void>;
  stop(): Promise<void>;
}

export interface EngineOptions {
  /** Where it keeps its data; absent: in memory. */
  readonly dataFolder?: string | undefined;
}

const startSeconds = 60;

/**
 * Starts DynamoDB Local on a free loopback port, or names the engine that DYNAMODB_ENDPOINT points at.
 * The engine ends when its standard input does, so it never outlives this process; see engine.xml.
 * @throws Error, one line that says what to install.
 */
export const startEngine = async ({ dataFolder }: EngineOptions = {}): Promise<Engine> => {
  const external = process.env['DYNAMODB_ENDPOINT'];
  if (external) return externalEngine(external);
  if (dataFolder !== undefined) mkdirSync(dataFolder, { recursive: true });
  const java = spawnJava(dataFolder);
  const endpoint = await Promise.race([listening(java), failure(java), tooLate()]).catch((error) => {
    java.kill('SIGKILL');
    throw error;
  });
  letGo(java);
  let isStopping = false;
  const crashed = new Promise<void>((crash) => java.on('exit', () => isStopping || crash()));
  const stop = () => {
    isStopping = true;
    return end(java);
  };
  return { endpoint, external: false, crashed, stop };
};

const externalEngine = async (endpoint: string): Promise<Engine> => {
  try {
    await fetch(endpoint);
  } catch (error) {
    throw new Error(`Nothing answers at DYNAMODB_ENDPOINT=${endpoint}: start that engine first, or unset the variable.`, { cause: error });
  }
  return { endpoint, external: true, crashed: new Promise(() => {}), stop: async () => {} };
};

/** Detached: a Ctrl-C in the terminal must not end the engine before those that use it. */
const spawnJava = (dataFolder: string | undefined): ChildProcessWithoutNullStreams => {
  const emulator = join(packageFolder('amplify-dynamodb-simulator'), 'emulator');
  return spawn(
    javaCommand(),
    [
      ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      ...['-Dorg.eclipse.jetty.LEVEL=WARN', '-Dorg.eclipse.jetty.util.log.announce=false'],
      '-Dorg.eclipse.jetty.xml.XmlParser.Validating=false',
      `-Djava.library.path=${join(emulator, 'DynamoDBLocal_lib')}`,
      `-Dengine.inMemory=${dataFolder === undefined}`,
      ...(dataFolder === undefined ? [] : [`-Dengine.dbPath=${resolve(dataFolder)}`]),
      ...['-cp', [join(emulator, 'DynamoDBLocal.jar'), join(emulator, 'DynamoDBLocal_lib', '*')].join(delimiter)],
      ...['org.eclipse.jetty.xml.XmlConfiguration', ownFile('local/engine.xml')],
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true, windowsHide: true },
  );
};

/** The engine does not keep this process alive; it is the other way round. */
const letGo = (java: ChildProcessWithoutNullStreams): void => {
  for (const handle of [java, java.stdin, java.stdout, java.stderr]) (handle as unknown as { unref?(): void }).unref?.();
};

const javaCommand = (): string => {
  const home = process.env['JAVA_HOME'];
  const inHome = join(home ?? '', 'bin', process.platform === 'win32' ? 'java.exe' : 'java');
  return home !== undefined && existsSync(inHome) ? inHome : 'java';
};

/** The engine prints its address once it serves. Whatever it prints later is read and dropped, or it would block. */
const listening = (java: ChildProcessWithoutNullStreams): Promise<string> =>
  new Promise((serving) => {
    createInterface(java.stdout).on('line', (line) => {
      const port = /^http:\/\/[^:]+:(\d+)\/$/.exec(line)?.[1];
      if (port !== undefined) serving(`http://127.0.0.1:${port}`);
    });
  });

const advice = 'install Java 17 or newer (https://adoptium.net), or set DYNAMODB_ENDPOINT to an engine that already runs';

const failure = (java: ChildProcessWithoutNullStreams): Promise<never> =>
  new Promise((_, reject) => {
    const said: string[] = [];
    const fail = (reason: string) => reject(new Error(`The DynamoDB engine did not start (${reason}): ${advice}.`));
    createInterface(java.stderr).on('line', (line) => said.length < 20 && said.push(line.slice(0, 300)));
    java.stdin.on('error', () => {});
    java.on('error', (error: NodeJS.ErrnoException) => fail(error.code === 'ENOENT' ? 'there is no Java on this machine' : error.message));
    java.on('close', () => fail(said.find((line) => /exception|error|unable/i.test(line)) ?? said[0] ?? 'it ended at once'));
  });

const tooLate = async (): Promise<never> => {
  await new Promise((elapsed) => setTimeout(elapsed, startSeconds * 1000).unref());
  throw new Error(`The DynamoDB engine did not start within ${startSeconds} s: ${advice}.`);
};

const end = async (java: ChildProcessWithoutNullStreams): Promise<void> => {
  if (java.exitCode !== null || java.signalCode !== null) return;
  const ended = once(java, 'exit');
  java.ref();
  const kill = setTimeout(() => java.kill('SIGKILL'), 5_000);
  java.stdin.end();
  await ended;
  clearTimeout(kill);
};
