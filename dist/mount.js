import './start.js';
const { mount } = await import('./build-omi.js');
await mount();
