import type { FastifyInstance } from 'fastify';
import type { KnownEngine } from '../../queue/engine-speeds.ts';
import { hardlyLearns } from '../../runs/coach.ts';
import { forecastEpoch, TRAINED_IMAGES, usualEpochs } from '../../runs/forecast.ts';
import { epochSeconds } from '../../training/engine-speed.ts';
import { DEFAULT_SETTINGS, parseSettings, type Settings } from '../../training/settings.ts';
import type { Workbench } from '../../workbench.ts';
import { duration } from '../format.ts';

/** `GET /forecast`: the sentence beside the form's button, for the settings it has now. */
export function forecastRoutes(app: FastifyInstance, workbench: Workbench): void {
  app.get<{ Querystring: Record<string, string> }>('/forecast', (request, reply) => {
    const { settings } = parseSettings(request.query, defaultSettings(workbench));
    return reply.type('text/html; charset=utf-8').send(settings ? forecast(workbench, settings) : NOT_YET);
  });
}

/** Instead of a forecast: for settings that cannot be used. */
export const NOT_YET = 'Correct what is marked; then it says here how long a run takes.';

/** The defaults of this server: what the environment chose instead of ours. */
export function defaultSettings({ config }: Pick<Workbench, 'config'>): Settings {
  return { ...DEFAULT_SETTINGS, engine: config.engine };
}

/** "simd · 2.0 s/epoch on 2 threads" once that is measured. */
export function engineLabel({ config }: Workbench, { name, speed }: KnownEngine): string {
  if (speed === null) return name;
  const { batchsize } = DEFAULT_SETTINGS;
  const seconds = epochSeconds(speed, batchsize, TRAINED_IMAGES).toFixed(1);
  const threads = name === 'simd' ? ` on ${config.threads} thread${config.threads === 1 ? '' : 's'}` : '';
  return `${name} · ${seconds} s/epoch${threads}`;
}

/** How long a run with these settings takes here, and that it will hardly learn, in a sentence each. */
export function forecast(workbench: Workbench, settings: Settings): string {
  const { activation, optimizer } = settings;
  const warning = hardlyLearns(settings)
    ? `With ${activation} units ${optimizer} stays at chance for epochs, or for good: another optimizer learns.`
    : '';
  return [lengthSentence(workbench, settings), warning].filter(Boolean).join(' ');
}

function lengthSentence({ speeds }: Workbench, settings: Settings): string {
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
