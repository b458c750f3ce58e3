import './start.js';
const { find } = await import('./build-omi.js');
await find();
