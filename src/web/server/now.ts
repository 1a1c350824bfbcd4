import type { FastifyInstance, FastifyReply } from 'fastify';
import moment from 'moment-timezone';

/** strftime's %Y-%m-%d %H:%M:%S %z %Z */
const FORMAT = 'YYYY-MM-DD HH:mm:ss ZZ z';

/** `GET /now` and `/now/<zone>`: the time there as text, with the abbreviation that the tz database has. */
export function nowRoutes(app: FastifyInstance): void {
  app.get('/now', (_request, reply) => sendTime(reply, 'UTC'));
  app.get<{ Params: { '*': string } }>('/now/*', (request, reply) =>
    sendTime(reply, request.params['*'] || 'UTC'),
  );
}

/** Text for everybody: people, scripts and the shell read the same line. */
function sendTime(reply: FastifyReply, zone: string): FastifyReply {
  reply.type('text/plain; charset=utf-8').header('cache-control', 'no-store');
  if (!moment.tz.zone(zone)) return reply.code(404).send(`Unknown timezone: ${zone.slice(0, 60)}`);
  return reply.send(moment.tz(zone).format(FORMAT));
}
