/** Replaces `node:zlib`. Few commits are compressed, so Node loads the module only when one is. */
const zlib = () => process.getBuiltinModule('node:zlib');

export const deflateRawSync = (...rest) => zlib().deflateRawSync(...rest);
export const inflateRawSync = (...rest) => zlib().inflateRawSync(...rest);
