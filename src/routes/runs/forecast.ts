import type { FastifyInstance } from 'fastify';
import type { Parts } from '../../app.ts';
import { duration } from '../../plugins/formatters.ts';
import { hardlyLearns } from '../../training/coach.ts';
import { epochSeconds } from '../../training/engine-speed.ts';
import type { KnownEngine } from '../../training/engine-speeds.ts';
import { forecastEpoch, TRAINED_IMAGES, usualEpochs } from '../../training/forecast.ts';
import { DEFAULT_SETTINGS, parseSettings, type Settings } from '../../training/settings.ts';

/** `GET /forecast`: the sentence beside the form's button, for the settings it has now. */
export function forecastRoutes(app: FastifyInstance, parts: Parts): void {
  app.get<{ Querystring: Record<string, string> }>('/forecast', (request, reply) => {
    const { settings } = parseSettings(request.query, defaultSettings(parts));
    return reply.type('text/html; charset=utf-8').send(settings ? forecast(parts, settings) : '');
  });
}

/** The defaults of this server: what the environment chose instead of ours. */
export function defaultSettings({ config }: Pick<Parts, 'config'>): Settings {
  return { ...DEFAULT_SETTINGS, engine: config.engine };
}

/** "simd · 2.0 s/epoch on 2 threads" once that is measured. */
export function engineLabel({ config }: Parts, { name, speed }: KnownEngine): string {
  if (speed === null) return name;
  const { batchsize } = DEFAULT_SETTINGS;
  const seconds = epochSeconds(speed, batchsize, TRAINED_IMAGES).toFixed(1);
  const threads = name === 'simd' ? ` on ${config.threads} thread${config.threads === 1 ? '' : 's'}` : '';
  return `${name} · ${seconds} s/epoch${threads}`;
}

/** How long a run with these settings takes here, and that it will hardly learn, in a sentence each. */
export function forecast(parts: Parts, settings: Settings): string {
  const { activation, optimizer } = settings;
  const warning = hardlyLearns(settings)
    ? `With ${activation} units ${optimizer} stays at chance for epochs, or for good: another optimizer learns.`
    : '';
  return [lengthSentence(parts, settings), warning].filter(Boolean).join(' ');
}

function lengthSentence({ speeds }: Parts, settings: Settings): string {
  const { speed } = speeds.get(settings.engine);
  const { epochs, patience, timebudget } = settings;
  const usual = usualEpochs(settings);
  if (speed === null) {
    if (timebudget > 0) return `At most ${duration(timebudget)}, its time budget.`;
    return usual < epochs ? `Stops by itself when ${patience} epochs have brought nothing better.` : '';
  }
  const perEpoch = forecastEpoch(speed, settings);
  const seconds = epochs * perEpoch;
  const isCut = timebudget > 0 && timebudget < seconds;
  const most = isCut ? Math.ceil(timebudget / perEpoch) : epochs;
  const stops = usual < most ? `; usually stops after about ${usual}.` : '.';
  if (isCut) return `At most ${duration(timebudget)}, its time budget: ${most} of ${epochs} epochs${stops}`;
  return `${epochs === 1 ? '1 epoch' : `${epochs} epochs`}: at most ${duration(seconds)}${stops}`;
}
