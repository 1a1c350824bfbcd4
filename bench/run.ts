/**
 * npm run bench [-- --peers] [-- --rounds=15] [-- --save]
 *
 * Proves each engine equal to Keras, then times it; with --peers beside PyTorch, JAX, Keras and ONNX Runtime of the
 * Python that the variable PYTHON names, all in alternating rounds. --save writes bench/ENGINES.md.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { engineTables } from './engine-table.ts';
import { describeMachine } from './machine.ts';
import { peerTables } from './peer-table.ts';

const { values } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '15' },
  },
});
const rounds = Number(values.rounds);

const sections = [
  '# Measured speed',
  `${describeMachine()}. ${new Date().toISOString().slice(0, 10)}. Medians of ${rounds} alternating rounds; ReLU, Adam, MNIST.`,
  '## The engines',
  await engineTables(rounds),
];
console.log(sections.join('\n\n'));
if (values.peers) {
  const peers = ['## Beside other frameworks', await peerTables(rounds)];
  console.log(`\n${peers.join('\n\n')}`);
  sections.push(...peers);
}
if (values.save) {
  const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`;
  writeFileSync(
    new URL('ENGINES.md', import.meta.url),
    `${sections.join('\n\n')}\n\nMade by \`${command}\`.\n`,
  );
}
