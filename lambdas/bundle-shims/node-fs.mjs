/**
 * Replaces `node:fs`. A bundle does its imports first, and with this one Node would also load its file streams, which no function uses. The
 * shim loads the module at the first call.
 */
const fs = () => process.getBuiltinModule('node:fs');

export const readFileSync = (...rest) => fs().readFileSync(...rest);
export const fstatSync = (...rest) => fs().fstatSync(...rest);
export const lstatSync = (...rest) => fs().lstatSync(...rest);
export const createReadStream = (...rest) => fs().createReadStream(...rest);
export const ReadStream = { [Symbol.hasInstance]: (body) => body instanceof fs().ReadStream };
