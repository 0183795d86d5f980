import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { ofService, ownModule } from '../../lib/folders.ts';
import { dataVersion, stepBack } from '../data-version.ts';
import { ownManifest } from '../package.ts';
import { compareVersions } from '../versions.ts';
import { type Finding, fits, unfit } from './findings.ts';

/** The domain against its lock: in a process of its own, because a domain that does not load must not end this one. */
export const lockFinding = (): Finding => {
  const what = 'Schema lock';
  if (!existsSync(ofService('domain/index.ts')))
    return unfit(what, 'no domain/index.ts here', 'give the command in the repository of a service');
  const { status, stdout, stderr } = spawnSync(process.execPath, [ownModule('cli/schemas')], { cwd: ofService(), encoding: 'utf8' });
  if (status === 0) return fits(what, stdout.trim());
  const said = `${stdout}${stderr}`.trim().split('\n').at(-1) ?? '';
  return unfit(what, said, 'npm run schemas says each difference and its remedy');
};

/** What the newest start on this machine ran with. Formats that are stored never change, so only a step back is a fault. */
export const dataFinding = (): Finding => {
  const what = 'Local data';
  const { version } = ownManifest();
  const written = dataVersion();
  if (written === undefined) return fits(what, 'none yet');
  const difference = compareVersions(written, version);
  if (difference > 0) return unfit(what, `of Foldstream ${written}, which is newer than ${version}`, stepBack(written));
  return fits(what, difference === 0 ? `of Foldstream ${written}` : `of Foldstream ${written}; the next start takes it up with ${version}`);
};

/** The CDK takes its app from cdk.json; an app of the package's own sources would be another version of it. */
export const appFinding = (): Finding => {
  const what = 'CDK app';
  if (!existsSync(ofService('cdk.json'))) return unfit(what, 'no cdk.json here', 'give the command in the repository of a service');
  return fits(what, String(JSON.parse(readFileSync(ofService('cdk.json'), 'utf8')).app));
};
