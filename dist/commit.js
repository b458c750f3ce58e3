import { commit } from './build-omi.js';

await commit();
