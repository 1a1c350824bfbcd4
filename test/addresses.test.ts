import type { NetworkInterfaceInfo } from 'node:os';
import t from 'tap';
import { networkUrls } from '../src/addresses.ts';

const address = (ip: string, internal = false) => ({ address: ip, internal }) as NetworkInterfaceInfo;
const INTERFACES = {
  lo: [address('127.0.0.1', true), address('::1', true)],
  eth0: [address('192.0.2.7'), address('fe80::1')],
  wlan0: [address('198.51.100.9')],
};

t.test('one that listens on all addresses is reached at those that other machines can type', async (t) => {
  t.same(networkUrls('0.0.0.0', 8000, INTERFACES, false), [
    'http://192.0.2.7:8000',
    'http://198.51.100.9:8000',
  ]);
  t.same(networkUrls('::', 80, { eth0: INTERFACES.eth0 }, false), ['http://192.0.2.7:80']);
});

t.test(
  'nothing is said of one that listens on one address, is in a container, or has no network',
  async (t) => {
    t.same(networkUrls('127.0.0.1', 8000, INTERFACES, false), []);
    t.same(networkUrls('192.0.2.7', 8000, INTERFACES, false), []);
    t.same(networkUrls('0.0.0.0', 8000, INTERFACES, true), []);
    t.same(networkUrls('0.0.0.0', 8000, { lo: INTERFACES.lo }, false), []);
  },
);
