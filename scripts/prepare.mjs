// npm runs this before it packs (`npm pack`), after `npm install` and `npm ci` in this repository, and where a team installs a git address.
// `npm ci` here needs no `dist/`: everything in this repository runs from its sources.
if (process.env.npm_command !== 'ci') await import('./build.mjs');
