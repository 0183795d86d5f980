import { dirname, join, relative, sep } from 'node:path';
import { ofService } from '../../lib/folders.ts';

/** The folders that hold these files: of the service's own files the folder at its top, of others the one that they are in. */
export const treesOf = (files: readonly string[], domainFolder: string): ReadonlySet<string> => {
  const root = ofService();
  const folders = files.map((file) => {
    const [top = '', ...rest] = relative(root, file).split(sep);
    if (top === '..' || top === '') return dirname(file);
    return rest.length === 0 ? undefined : join(root, top);
  });
  return new Set([domainFolder, ...folders.filter((folder) => folder !== undefined)]);
};
