/** Stands for `node:zlib`, which is asked for where a commit is compressed or was: few are. */
const zlib = () => process.getBuiltinModule('node:zlib');

export const deflateRawSync = (...rest) => zlib().deflateRawSync(...rest);
export const inflateRawSync = (...rest) => zlib().inflateRawSync(...rest);
