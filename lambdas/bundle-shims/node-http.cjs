// Stands for an `import` of `node:http`, which asks for all that the module exports, a WebSocket among them, and so has Node load
// its whole HTTP client of the web. The tracer has such an import, and a bundle does its imports first, whether they are used or not.
module.exports = process.getBuiltinModule('node:http');
