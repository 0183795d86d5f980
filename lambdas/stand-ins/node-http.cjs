// Stands for an `import` of `node:http`, which asks for all that the module exports, a WebSocket among them, and so has Node load
// its whole HTTP client of the web: a third of the import of a function that needs none of it.
module.exports = process.getBuiltinModule('node:http');
