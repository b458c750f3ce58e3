import { post } from './build-omi.js';

await post();
