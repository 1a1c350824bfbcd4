import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import './authority.ts';
import { isLoopback } from '../../addresses.ts';

/** Nothing inline, nothing from another host; no HSTS, since a lab server speaks plain HTTP. */
const HELMET: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  strictTransportSecurity: false,
  // Below, only where browsers heed it.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  referrerPolicy: { policy: 'same-origin' },
  xFrameOptions: { action: 'deny' },
};

/** Set on every answer. */
export async function registerSecurityHeaders(app: FastifyInstance): Promise<void> {
  const headers = { ...(await helmetHeaders()), 'permissions-policy': PERMISSIONS };
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers);
    if (isTrustworthy(request)) reply.header('cross-origin-opener-policy', 'same-origin');
    done();
  });
}

/** Computed once: helmet would build the same texts for each answer. */
async function helmetHeaders(): Promise<Record<string, string>> {
  const app = Fastify();
  await app.register(helmet, HELMET);
  app.get('/', async (_request, reply) => reply.raw.getHeaders());
  const answer = await app.inject('/');
  await app.close();
  return answer.json();
}

/** The pages use no browser feature that needs permission. */
const PERMISSIONS = [
  'camera',
  'display-capture',
  'geolocation',
  'microphone',
  'midi',
  'payment',
  'serial',
  'usb',
]
  .map((feature) => `${feature}=()`)
  .join(', ');

/** On plain HTTP from another machine browsers ignore some headers, and complain in the console. */
function isTrustworthy({ protocol, authority }: FastifyRequest): boolean {
  return protocol === 'https' || isLoopback(authority.host.replace(/:\d*$/, ''));
}
