import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ofService } from '../../lib/folders.ts';
import { isFolderLocked } from '../../local/folder-lock.ts';
import { manifestIn, ownManifest } from '../package.ts';
import { isIn } from '../versions.ts';
import { type Finding, fits, unfit } from './findings.ts';

/** The Node that the launcher chose. */
export const nodeFinding = (version = process.versions.node): Finding => {
  const wanted = ownManifest().dependencies?.['node'] ?? '24';
  if (Number(version.split('.')[0]) < 24) return unfit('Node', version, `npm install: it brings the Node ${wanted} that Foldstream pins`);
  return fits('Node', version);
};

export const javaFinding = (environment: NodeJS.ProcessEnv = process.env): Finding => {
  if (environment['DYNAMODB_ENDPOINT']) return fits('Java', 'not needed, because DYNAMODB_ENDPOINT names an engine');
  const { stderr, status } = spawnSync(javaIn(environment), ['-version'], { encoding: 'utf8', env: environment });
  const version = /version "(\d+)[^"]*"/.exec(stderr ?? '');
  const remedy = 'install Java 17 or newer (https://adoptium.net), or set DYNAMODB_ENDPOINT to an engine that runs';
  if (status !== 0 || version === null) return unfit('Java', 'none', remedy);
  return Number(version[1]) < 17 ? unfit('Java', version[0], remedy) : fits('Java', version[0]);
};

const javaIn = ({ JAVA_HOME: home }: NodeJS.ProcessEnv): string => {
  const java = join(home ?? '', 'bin', process.platform === 'win32' ? 'java.exe' : 'java');
  return home !== undefined && existsSync(java) ? java : 'java';
};

/** What the service imports as well as Foldstream has to be one copy, of a version that Foldstream is made for. */
export const peerFindings = (): readonly Finding[] =>
  Object.entries(ownManifest().peerDependencies ?? {}).map(([name, range]) => {
    const folder = ofService('node_modules', name);
    if (!existsSync(folder)) return unfit(name, 'not installed', `npm install --save-exact ${name}@${range.replace('^', '')}`);
    const { version } = manifestIn(folder);
    if (isIn(version, range)) return fits(name, version);
    return unfit(name, version, `npm install --save-exact ${name}@${range.replace('^', '')} (Foldstream needs ${range})`);
  });

/** Where `foldstream start` listens. A taken port is no fault where the system itself has it. */
export const portFinding = async (environment: NodeJS.ProcessEnv = process.env, dataFolder = ofService('.local')): Promise<Finding> => {
  const port = Number(environment['PORT'] || 3000);
  if (isFolderLocked(dataFolder)) return fits('Port', `${port}, and a system of this service runs`);
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return fits('Port', `${port} is free`);
  } catch {
    return unfit('Port', `${port} is taken`, `end the program that has it, or move the API: PORT=${port + 1} npm start`);
  } finally {
    server.close();
  }
};
