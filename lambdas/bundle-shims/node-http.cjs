// Replaces an `import` of `node:http`. The import asks for every export of the module, among them WebSocket, which makes Node load its
// whole web HTTP client. The tracer has such an import, and a bundle does its imports first, whether they are used or not.
module.exports = process.getBuiltinModule('node:http');
