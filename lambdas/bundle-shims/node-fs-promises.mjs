/** Stands for `node:fs/promises`: the SDK looks for a file of settings with it, at its first request. */
export const readFile = (...rest) => process.getBuiltinModule('node:fs/promises').readFile(...rest);
