import type { NetworkInterfaceInfo } from 'node:os';
import t from 'tap';
import { otherMachines } from '../src/addresses.ts';

const address = (ip: string, internal = false) => ({ address: ip, internal }) as NetworkInterfaceInfo;
const INTERFACES = {
  lo: [address('127.0.0.1', true), address('::1', true)],
  eth0: [address('192.0.2.7'), address('fe80::1')],
  wlan0: [address('198.51.100.9')],
};

t.test('one that listens on all addresses is reached at those that other machines can type', async (t) => {
  t.equal(
    otherMachines({ host: '0.0.0.0', port: 8000, basePath: '' }, INTERFACES, false),
    'From other machines: http://192.0.2.7:8000 or http://198.51.100.9:8000',
  );
  t.equal(
    otherMachines({ host: '::', port: 80, basePath: '' }, { eth0: INTERFACES.eth0 }, false),
    'From other machines: http://192.0.2.7:80',
  );
});

t.test(
  'where there are marks of a container, its host is named, and what may be typed if it is none',
  async (t) => {
    const host = "From other machines: http://<address of the container's host>:<port published for 8000>";
    t.equal(
      otherMachines({ host: '0.0.0.0', port: 8000, basePath: '' }, { eth0: INTERFACES.eth0 }, true),
      `${host}, or without a container http://192.0.2.7:8000`,
    );
    t.equal(otherMachines({ host: '::', port: 8000, basePath: '' }, { lo: INTERFACES.lo }, true), host);
  },
);

t.test('nothing is said of one that listens on one address, or has no network', async (t) => {
  for (const inContainer of [false, true]) {
    t.equal(otherMachines({ host: '127.0.0.1', port: 8000, basePath: '' }, INTERFACES, inContainer), null);
    t.equal(otherMachines({ host: '192.0.2.7', port: 8000, basePath: '' }, INTERFACES, inContainer), null);
  }
  t.equal(otherMachines({ host: '0.0.0.0', port: 8000, basePath: '' }, { lo: INTERFACES.lo }, false), null);
});

t.test('below a path of a proxy the address has it', async (t) => {
  const asked = { host: '0.0.0.0', port: 8000, basePath: '/lab' };
  t.match(
    otherMachines(asked, { eth0: INTERFACES.eth0 }, false),
    /^From other machines: http:\/\/[\d.]+:8000\/lab$/,
  );
});
