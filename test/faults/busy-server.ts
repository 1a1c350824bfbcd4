/** A server that computes for 100 ms of its thread's time before it answers; only for whoever started it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const BUSY_MS = 100;
const computed = () => process.threadCpuUsage().user / 1000;

const server = createServer((_request, answer) => {
  const begun = computed();
  while (computed() - begun < BUSY_MS);
  answer.end();
});
if (process.connected)
  server.listen(0, '127.0.0.1', () => {
    console.log(`LeNet-5 workbench: http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
process.once('SIGTERM', () => process.exit());
