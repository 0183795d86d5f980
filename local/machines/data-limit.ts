import type { Json } from './happening.ts';

/** What Step Functions takes as the input or output of an execution, a state or a task. */
export const maxDataBytes = 256 * 1024;

export const isTooLarge = (data: Json | undefined): boolean => data !== undefined && isTooLongText(JSON.stringify(data));
export const isTooLongText = (text: string): boolean => Buffer.byteLength(text) > maxDataBytes;
