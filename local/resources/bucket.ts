import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Handler } from '../template/deploy.ts';
import type { Host } from './host.ts';

/** A bucket is a folder; an object is a file in it. Who may read it and how long it is kept is for AWS to enforce. */
export const bucket: Handler<Host> = async ({ logicalId }, { namePrefix, stateFolder, buckets }) => {
  const name = `${namePrefix}-${logicalId}`.toLowerCase();
  const arn = `arn:aws:s3:::${name}`;
  const folder = join(stateFolder, 'buckets', logicalId);
  await mkdir(folder, { recursive: true });
  buckets.set(arn, folder);
  return { ref: name, attributes: { Arn: arn } };
};
