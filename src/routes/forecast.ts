import type { FastifyInstance } from 'fastify';
import type { Parts } from '../app.ts';
import { COPIES, PEN_DIGITS } from '../datasets/pen-digits.ts';
import { HELD_OUT_COUNT } from '../datasets/split.ts';
import { duration } from '../plugins/formatters.ts';
import { epochSeconds } from '../training/engine-speed.ts';
import type { KnownEngine } from '../training/engine-speeds.ts';
import { DEFAULT_SETTINGS, parseSettings, type Settings } from '../training/settings.ts';

/** Images of one epoch of MNIST, 5,000 held out. */
const TRAINED_IMAGES = 55_000;
/** Milliseconds that warping adds for each image. */
const WARP_MS = 0.012;
/** What validation and storing add to the steps of an epoch. */
const VALIDATION_SHARE = 1.06;
/** Epochs after which early stopping usually ends a run of the default settings, patience included. */
const USUAL_EPOCHS = 9;

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

/** How long a run with these settings takes here, in a sentence. */
export function forecast({ speeds }: Parts, settings: Settings): string {
  const { speed } = speeds.get(settings.engine);
  const { epochs, batchsize, patience } = settings;
  const stops = patience < epochs && epochs > USUAL_EPOCHS;
  if (speed === null) {
    return stops ? `Stops by itself when ${patience} epochs have brought nothing better.` : '';
  }
  const images = imagesOf(settings);
  const warping = settings.augmentation === 'off' ? 0 : (images * WARP_MS) / 1000;
  const seconds = epochs * (epochSeconds(speed, batchsize, images) + warping) * VALIDATION_SHARE;
  const most = `${epochs === 1 ? '1 epoch' : `${epochs} epochs`}: at most ${duration(seconds)}`;
  return stops ? `${most}; usually stops after about ${USUAL_EPOCHS}.` : `${most}.`;
}

/** Images of one epoch; corrections add a few that are not counted. */
function imagesOf({ validation, data }: Settings): number {
  const mnist = validation === 'test' ? TRAINED_IMAGES + HELD_OUT_COUNT : TRAINED_IMAGES;
  return data === 'mnist+pen' ? mnist + PEN_DIGITS * COPIES : mnist;
}
