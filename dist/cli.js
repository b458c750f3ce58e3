#!/usr/bin/env node
if (!(Number.parseInt(process.versions.node, 10) >= 20)) { console.log((process.env.GITHUB_ACTIONS ? '::error::' : '') + 'build-omi needs node 20 or newer, and this is node ' + process.versions.node + ' (' + process.execPath + '). Install a newer node, or name its path.'); process.exit(1); }
const { cli } = await import('./build-omi.js');
await cli();
