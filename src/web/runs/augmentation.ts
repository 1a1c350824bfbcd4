import type { FastifyInstance } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { AUGMENTATIONS, type Augmentation } from '../../datasets/augmentation.ts';
import { augmentationSamples } from '../../datasets/augmentation-samples.ts';
import { CodedError } from '../../errors.ts';
import { SETTINGS } from '../../training/settings.ts';
import { wantsFragment } from '../answer.ts';
import type { PageContext } from '../page.ts';

/** views/runs/_augmented.eta: beside the form's control, also sent alone. */
export interface AugmentedContext {
  readonly kind: Augmentation;
  /** Rows of ten images of 784 bytes: the originals, then warped ones; empty while it is off. */
  readonly rows: readonly (readonly Uint8Array[])[];
}

/** views/augmentation/show.eta */
interface AugmentationContext extends PageContext {
  readonly seed: number;
  readonly strips: readonly AugmentedContext[];
}

interface Query {
  readonly augmentation?: string;
  readonly seed?: string;
}

/** `GET /augmentation?augmentation=affine&seed=1`: pictures of what the network would see; for htmx the strip alone. */
export function augmentationRoutes(app: FastifyInstance): void {
  app.get<{ Querystring: Query }>('/augmentation', (request, reply) => {
    const { query } = request;
    const seed = toSeed(query.seed);
    if (wantsFragment(request)) {
      return reply.view('runs/_augmented', augmentedContext(toKind(query.augmentation), seed));
    }
    return reply.page<AugmentationContext>('augmentation/show', {
      title: request.t('augmentation.augmentation'),
      page: 'workbench',
      seed,
      strips: (['affine', 'elastic'] as const).map((kind) => augmentedContext(kind, seed)),
    });
  });
}

/** The pictures beside the form's control; none while it is off. */
export function augmentedContext(kind: Augmentation, seed: number): AugmentedContext {
  return { kind, rows: kind === 'off' ? [] : augmentationSamples(kind, seed) };
}

/** @throws CodedError 422 */
function toKind(text = 'off'): Augmentation {
  if (AUGMENTATIONS.includes(text as Augmentation)) return text as Augmentation;
  const message: Message = ['errors.augmentationMustBeOneOf', { aUGMENTATIONS: AUGMENTATIONS.join(', ') }];
  throw new CodedError({ code: 'AUGMENTATION', status: 422, message, field: 'augmentation' });
}

/** An invalid seed is reported beside its own field; here any will do. */
function toSeed(text = ''): number {
  return /^\d{1,10}$/.test(text) && Number(text) <= SETTINGS.seed.max ? Number(text) : 1;
}
