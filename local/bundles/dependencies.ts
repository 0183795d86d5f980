import { isBuiltin } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build, type OnResolveArgs, type Plugin, type ResolveResult } from 'esbuild';
import { ownFile } from '../../lib/folders.ts';

export interface DependenciesProps {
  /** Holds what is made of them. */
  readonly folder: string;
  /** The options of both builds: of the dependencies, and of the sources that import them. */
  readonly options: BuildOptions & { readonly alias: Readonly<Record<string, string>> };
}

/** What the sources import instead of a dependency: the URL of its module, or nothing other, because only an ES module can be imported so. */
type Place = { readonly url: string } | 'among the sources';

/**
 * Keeps the dependencies out of the build of the sources, so that an edit costs the time of the sources alone. They are bundled apart: when
 * the system starts, and again when the sources import a dependency for the first time. A version that is installed later is taken up by
 * the next start.
 */
export const dependenciesApart = ({ folder, options }: DependenciesProps) => {
  let places: ReadonlyMap<string, Place> = new Map();
  let builds = 0;
  const wanted = new Set<string>();
  const isAlias = (path: string): boolean => Object.keys(options.alias).some((name) => path === name || path.startsWith(`${name}/`));

  const found = new Map<string, Promise<ResolveResult>>();
  const plugin: Plugin = {
    name: 'dependencies apart',
    setup: ({ onResolve, resolve: find }) => {
      /** Asked once for each folder that imports it: there are some hundreds of imports. */
      const findOnce = (path: string, from: Pick<OnResolveArgs, 'importer' | 'resolveDir' | 'kind'>): Promise<ResolveResult> => {
        const key = JSON.stringify([path, from.resolveDir]);
        const known = found.get(key) ?? find(path, { ...from, pluginData: plugin });
        found.set(key, known);
        return known;
      };
      onResolve({ filter: /^[^./#]/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
        if (pluginData === plugin || kind === 'entry-point' || isBuiltin(path) || isAlias(path) || !isSource(importer)) return;
        const { errors, external, path: file, sideEffects } = await findOnce(path, { importer, resolveDir, kind });
        if (errors.length > 0 || external || !isModule(file)) return;
        wanted.add(file);
        const place = places.get(file);
        if (place === 'among the sources') return;
        return { path: place?.url ?? path, external: true, sideEffects };
      });
    },
  };

  /** Bundles the dependencies that the last build of the sources was the first to import. True if there were any: build the sources again. */
  const bundleNew = async (): Promise<boolean> => {
    if ([...wanted].every((file) => places.has(file))) return false;
    builds += 1; // In a folder of its own, because functions may be reading what the last build made.
    places = await bundle([...wanted], join(folder, `dependencies-${builds}`), options);
    return true;
  };
  return { plugin, bundleNew };
};

const bundle = async (files: readonly string[], folder: string, options: BuildOptions): Promise<ReadonlyMap<string, Place>> => {
  const { metafile } = await build({
    ...options,
    entryPoints: files.map((file) => ({ in: file, out: nameOf(file) })),
    outdir: folder,
    write: true,
    metafile: true,
  });
  const places = new Map<string, Place>(files.map((file) => [file, 'among the sources']));
  for (const [output, { entryPoint }] of Object.entries(metafile.outputs))
    if (entryPoint !== undefined && metafile.inputs[entryPoint]?.format === 'esm')
      places.set(resolve(entryPoint), { url: pathToFileURL(resolve(output)).href });
  return places;
};

/** `…/node_modules/@middy/core/index.js` → `@middy-core-index` */
const nameOf = (file: string): string =>
  (file.split(/[/\\]node_modules[/\\]/).at(-1) ?? file).replace(/\.[cm]?js$/, '').replaceAll(/[^\w.@]+/g, '-');

const packageFolder = ownFile('');

/** A source is a file of the service or of this package; a dependency lies in a `node_modules` of either. */
const isSource = (file: string): boolean =>
  !/[/\\]node_modules[/\\]/.test(file.startsWith(packageFolder) ? file.slice(packageFolder.length - 1) : file);

const isModule = (file: string): boolean => /\.m?js$/.test(file) && /[/\\]node_modules[/\\]/.test(file);
