import './start.js';
const { post } = await import('./build-omi.js');
await post();
