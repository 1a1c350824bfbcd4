import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sayIf, type Translate } from '../../catalogue/catalogue.ts';
import { parseSettings, type Settings, type SettingsInput } from '../../training/settings.ts';
import type { Field } from '../field.ts';
import { MOST_NAME_LETTERS } from '../http/owner.ts';
import { readerFields } from '../models/readers.ts';
import type { PageContext } from '../page.ts';
import { type AugmentedContext, augmentedContext } from './augmentation.ts';
import { defaultSettings, forecast, NOT_YET } from './forecast.ts';
import { type ProgressContext, progressContext, shownRun } from './progress.ts';
import type { FormErrors } from './settings.ts';
import { absentEngines, numbersFirst, settingFields, summaryOf } from './settings.ts';

/** views/runs/_form.eta: also sent alone, 422, with errors beside their fields. */
export interface FormContext {
  readonly first: readonly Field[];
  /** Folded unless one of them has an error. */
  readonly advanced: readonly Field[];
  /** Below the samples of the chosen augmentation. */
  readonly last: readonly Field[];
  readonly open: boolean;
  readonly summary: string;
  /** Engines that are not available. */
  readonly absent: readonly { readonly label: string; readonly absent: string }[];
  /** Samples of the chosen augmentation. */
  readonly augmented: AugmentedContext;
  /** Sentence beside the button: how long a run takes here. */
  readonly forecast: string;
}

export interface FormOptions {
  /** The client's name. */
  readonly who: string;
  /** By default the errors of the input itself. */
  readonly errors?: FormErrors;
}

/** The form for the settings of a link or a failed attempt. */
export function formContext(
  request: FastifyRequest,
  input: SettingsInput,
  { who, errors: given }: FormOptions,
): FormContext {
  const { t } = request;
  const defaults: Settings = defaultSettings(request.workbench);
  const { settings, errors: wrong = {} } = parseSettings(input, defaults);
  const errors: FormErrors = given ?? wrong;
  const fields = settingFields(request, { input, errors, defaults });
  const folded = fields.filter(({ row }) => row.display === undefined);
  const advanced = numbersFirst(folded).map((field) => ({
    ...field,
    size: 'wide' in field.row ? 'twothirds' : 'third',
  }));
  return {
    first: fields.filter(({ row }) => row.display !== undefined),
    advanced: advanced.filter(({ name }) => name !== 'engine'),
    last: [...advanced.filter(({ name }) => name === 'engine'), nameField(t, who, sayIf(t, errors.who))],
    open: errors.who !== undefined || advanced.some(({ error }) => error !== undefined),
    summary: `${summaryOf(t, folded)}, ${t('settings.name')}`,
    absent: absentEngines(t, request.workbench),
    augmented: augmentedContext(settings?.augmentation ?? 'off', settings?.seed ?? 1),
    forecast: settings ? forecast(t, request.workbench, settings) : t(NOT_YET),
  };
}

/** The viewer's name. */
function nameField(t: Translate, who: string, error: string | undefined): Field {
  return {
    name: 'who',
    label: t('settings.yourName'),
    control: 'line',
    value: who,
    autocomplete: 'nickname',
    maxLength: MOST_NAME_LETTERS,
    placeholder: t('settings.nameNotNeeded'),
    size: 'third',
    error,
  };
}

/** views/home/index.eta */
export interface HomeContext extends PageContext {
  readonly form: FormContext;
  readonly progress: ProgressContext;
  /** Which models read the drawings. */
  readonly readers: readonly Field[];
}

/** `GET /`: draw, train and watch on one page; `?optimizer=sgd&epochs=5` fills in the form. */
export function homeRoutes(app: FastifyInstance): void {
  app.get<{ Querystring: Record<string, string> }>('/', async (request, reply) =>
    reply.page<HomeContext>('home/index', {
      title: request.t('home.title'),
      page: 'workbench',
      form: formContext(request, request.query, { who: request.owner?.name ?? '' }),
      progress: await progressContext(request, await shownRun(request.workbench, request)),
      readers: await readerFields(request),
    }),
  );
}
