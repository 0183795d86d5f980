/**
 * Stands for `node:fs`: a bundle does its imports first, and Node answers this one with its streams of files too, which no function
 * here reads. What is used is asked for where it is used.
 */
const fs = () => process.getBuiltinModule('node:fs');

export const readFileSync = (...rest) => fs().readFileSync(...rest);
export const fstatSync = (...rest) => fs().fstatSync(...rest);
export const lstatSync = (...rest) => fs().lstatSync(...rest);
export const createReadStream = (...rest) => fs().createReadStream(...rest);
export const ReadStream = { [Symbol.hasInstance]: (body) => body instanceof fs().ReadStream };
