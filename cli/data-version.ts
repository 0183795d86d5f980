import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ofService } from '../lib/folders.ts';
import { ownManifest } from './package.ts';
import { compareVersions } from './versions.ts';

/** Which Foldstream wrote the data in `.local/`: the newest one that was started there. */
const file = (): string => ofService('.local/foldstream.json');

export const dataVersion = (): string | undefined =>
  existsSync(file()) ? (JSON.parse(readFileSync(file(), 'utf8')) as { readonly version: string }).version : undefined;

export const stepBack = (written: string): string => `install Foldstream ${written} again, or begin without the data: npm start -- --fresh`;

/** Before a start. @throws Error where a newer version wrote the data: an older one may not know all that is in them. */
export const recordVersion = (args: readonly string[]): void => {
  if (args.includes('--memory') || args.includes('--help') || args.includes('-h')) return;
  const { version } = ownManifest();
  const written = args.includes('--fresh') ? undefined : dataVersion();
  if (written !== undefined && compareVersions(written, version) > 0)
    throw new Error(`The data in .local/ are of Foldstream ${written}, and this is ${version}: ${stepBack(written)}`);
  mkdirSync(dirname(file()), { recursive: true });
  writeFileSync(file(), `${JSON.stringify({ version })}\n`);
};
