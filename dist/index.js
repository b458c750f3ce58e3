import './start.js';
const { main } = await import('./build-omi.js');
await main();
