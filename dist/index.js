import { main } from './build-omi.js';

await main();
