#!/usr/bin/env node
import { cli } from './build-omi.js';

await cli();
