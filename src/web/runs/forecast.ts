import type { FastifyInstance } from 'fastify';
import type { MessageKey, Translate } from '../../catalogue/catalogue.ts';
import type { KnownEngine } from '../../queue/engine-speeds.ts';
import { hardlyLearns } from '../../runs/coach.ts';
import { forecastEpoch, TRAINED_IMAGES, usualEpochs } from '../../runs/forecast.ts';
import { epochSeconds } from '../../training/engine-speed.ts';
import { DEFAULT_SETTINGS, parseSettings, type Settings } from '../../training/settings.ts';
import type { Workbench } from '../../workbench.ts';
import { duration } from '../format.ts';

/** `GET /forecast`: the sentence beside the form's button, for the settings it has now. */
export function forecastRoutes(app: FastifyInstance): void {
  app.get<{ Querystring: Record<string, string> }>('/forecast', (request, reply) => {
    const { t } = request;
    const { settings } = parseSettings(request.query, defaultSettings(request.workbench));
    return reply
      .type('text/html; charset=utf-8')
      .send(settings ? forecast(t, request.workbench, settings) : t(NOT_YET));
  });
}

/** Instead of a forecast, for invalid settings. */
export const NOT_YET: MessageKey = 'form.correctFirst';

/** The defaults of this server: those of the environment take precedence. */
export function defaultSettings({ config }: Pick<Workbench, 'config'>): Settings {
  return { ...DEFAULT_SETTINGS, engine: config.engine };
}

/** "simd · 2.0 s/epoch on 2 threads" once that is measured. */
export function engineLabel(t: Translate, { config }: Workbench, { name, speed }: KnownEngine): string {
  if (speed === null) return name;
  const { batchsize } = DEFAULT_SETTINGS;
  const seconds = epochSeconds(speed, batchsize, TRAINED_IMAGES).toFixed(1);
  if (name !== 'simd') return t('form.engineSpeed', { name, seconds });
  return t('form.engineSpeedOnThreads', { name, seconds, threads: config.threads });
}

/** Sentences on how long a run with these settings takes here, and on whether it will hardly learn. */
export function forecast(t: Translate, workbench: Workbench, settings: Settings): string {
  const { activation, optimizer } = settings;
  const warning = hardlyLearns(settings) ? t('form.hardlyLearns', { activation, optimizer }) : '';
  return [lengthSentence(t, workbench, settings), warning].filter(Boolean).join(' ');
}

function lengthSentence(t: Translate, { speeds }: Workbench, settings: Settings): string {
  const { speed } = speeds.get(settings.engine);
  const { epochs, patience, timebudget } = settings;
  const usual = usualEpochs(settings);
  if (speed === null) {
    if (timebudget > 0) return t('form.atMostBudget', { time: duration(timebudget) });
    return usual < epochs ? t('form.stopsByItself', { count: patience }) : '';
  }
  const perEpoch = forecastEpoch(speed, settings);
  const seconds = epochs * perEpoch;
  const isCut = timebudget > 0 && timebudget < seconds;
  const most = isCut ? Math.ceil(timebudget / perEpoch) : epochs;
  const stops = usual < most ? usual : 0;
  if (isCut) return t('form.budget', { time: duration(timebudget), most, epochs, stops });
  return t('form.length', { epochs, time: duration(seconds), stops });
}
