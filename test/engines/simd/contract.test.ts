/** The simd engine keeps the contract of all engines. */
import t from 'tap';
import { createEngine } from '../../../src/engines/create-engine.ts';
import { contractSuite } from '../contract.ts';

contractSuite(t, (options) => createEngine('simd', options));
