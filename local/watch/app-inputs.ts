import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import { ofService } from '../../lib/folders.ts';

/**
 * The files that the synthesis reads: `cdk.json`, the module that it names, and all that this one imports by a path. What the module imports
 * by the name of a package does not change while the service is developed.
 */
export const appInputs = async (): Promise<ReadonlySet<string>> => {
  const settings = ofService('cdk.json');
  const app = appModule(settings);
  if (app === undefined) return new Set([settings]);
  try {
    const { metafile } = await build({
      entryPoints: [app],
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
    return new Set([settings, app, ...Object.keys(metafile.inputs).map((file) => resolve(file))]);
  } catch {
    return new Set([settings, app]); // The synthesis says why.
  }
};

/** `"app": "node bin/app.ts"`: the file in it. */
const appModule = (settings: string): string | undefined => {
  try {
    const { app = '' } = JSON.parse(readFileSync(settings, 'utf8')) as { readonly app?: string };
    return app
      .split(/\s+/)
      .filter((word) => /\.[cm]?[jt]s$/.test(word))
      .map((word) => ofService(word))
      .find(existsSync);
  } catch {
    return undefined;
  }
};
