#!/usr/bin/env node
import './start.js';
const { cli } = await import('./build-omi.js');
await cli();
