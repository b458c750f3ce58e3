import './start.js';
const { commit } = await import('./build-omi.js');
await commit();
