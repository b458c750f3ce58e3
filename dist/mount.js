import { mount } from './build-omi.js';

await mount();
