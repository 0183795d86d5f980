import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { AnchorStore } from '../../core/audit/anchor-steps.ts';
import { orUnavailable } from '../aws/unavailable.ts';
import { anchorText } from './anchor-text.ts';

/** The prefix of the names of complete anchors, which sort by time. */
export const completePrefix = 'complete/';

/** `parts/2026-11-23T03:00:00.000Z/7/<SHA-256 of the part>` */
export const partKey = (anchor: string, segment: number, digest: string): string => `parts/${anchor}/${segment}/${digest}`;

/**
 * Anchors as objects of a bucket. A put never replaces an object. If a put is tried twice, the second try finds the object of the first.
 * The name of a part is its digest, so that object is the same.
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
    // If another try was first, all parts that its manifest names are stored, too.
    complete: (manifest) => put(`${completePrefix}${manifest.anchor}`, `${JSON.stringify(manifest)}\n`),
  };
};
