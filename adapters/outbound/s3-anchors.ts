import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { AnchorStore } from '../../core/audit/anchor-steps.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import { anchorText } from './anchor-text.ts';

/** Where the names of whole anchors are, in the order of their time. */
export const completePrefix = 'complete/';

/** `parts/2026-11-23T03:00:00.000Z/7/<SHA-256 of the part>` */
export const partKey = (anchor: string, segment: number, digest: string): string => `parts/${anchor}/${segment}/${digest}`;

/**
 * Anchors as objects of a bucket. An object is only ever put where there is none: of two tries of one put, the second finds the
 * object of the first, and a part's name says that it is the same.
 */
export const s3Anchors = ({ client, bucket }: { readonly client: S3Client; readonly bucket: string }): AnchorStore => {
  const put = async (Key: string, Body: string): Promise<void> => {
    try {
      await orUnavailable(client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, IfNoneMatch: '*' })));
    } catch (error) {
      if ((error as Error).name !== 'PreconditionFailed') throw error;
    }
  };
  return {
    putPart: async ({ anchor, segment, heads, before }) => {
      const { text, digest } = anchorText(heads, before);
      const key = partKey(anchor, segment, digest);
      await put(key, text);
      return key;
    },
    // Whoever was first has named parts that are all there, too.
    complete: (manifest) => put(`${completePrefix}${manifest.anchor}`, `${JSON.stringify(manifest)}\n`),
  };
};
