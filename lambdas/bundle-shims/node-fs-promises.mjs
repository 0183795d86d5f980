/** Replaces `node:fs/promises`, which the SDK uses only at its first request, to look for a file of settings. So Node loads it late. */
export const readFile = (...rest) => process.getBuiltinModule('node:fs/promises').readFile(...rest);
