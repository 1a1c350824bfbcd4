import type { CreateEngine, Engine } from '../engines/engine.ts';
import { type Activations, isInspectable } from '../engines/inspectable.ts';
import { CodedError } from '../errors.ts';
import { temper } from '../network/calibration.ts';
import { DIGITS, IMAGE_SIZE } from '../network/lenet5.ts';
import { KindReader, type KindShares } from './kind.ts';
import { type Model, modelName, networkFault } from './model.ts';

/** The serving model's prediction for one image. */
export interface Prediction {
  /** 0–9, the most probable. */
  readonly digit: number;
  /** [K], summing to 1, at the model's temperature. */
  readonly probabilities: readonly number[];
  /** Is it a digit? */
  readonly kind: KindShares;
  /** Name of the model that made it. */
  readonly model: string;
  /** Why the network, rather than the drawing, is to blame for an unsure answer; omitted when it is not. */
  readonly fault?: string;
}

/** Reads with other weights than the serving model's. */
interface Guest {
  readonly engine: Engine;
  /** Those it has. */
  weights: Float32Array | null;
}

/** Models of one kind share an engine. */
const wayOf = ({ activation, inputScale }: Pick<Model, 'activation' | 'inputScale'>) =>
  `${activation} ${inputScale}`;

/** Three activations, on inputs of 0–1 and of 0–255. */
const MOST_GUESTS = 6;

/**
 * Owns the serving model: recognises with it, and swaps it between two requests.
 *
 * It computes on the thread that answers, one image in well under a millisecond; a request never waits for a worker.
 */
export class RecognitionService {
  readonly #createEngine: CreateEngine;
  readonly #openKinds: () => Promise<KindReader>;
  #engine: Engine | null = null;
  #serving: Model | null = null;
  #kinds: KindReader | null = null;
  readonly #guests = new Map<string, Promise<Guest>>();
  readonly #ready = new Map<string, Guest>();
  /** Swaps, one after another, so that the last requested one stays. */
  #swaps: Promise<void> = Promise.resolve();

  constructor({
    createEngine,
    openKinds = () => KindReader.open(createEngine),
  }: {
    createEngine: CreateEngine;
    openKinds?: () => Promise<KindReader>;
  }) {
    this.#createEngine = createEngine;
    this.#openKinds = openKinds;
  }

  /** The model that reads now; null before the first `serve`. */
  get serving(): Model | null {
    return this.#serving;
  }

  /**
   * Makes a model the serving one. Until it is ready the previous one keeps serving, and if it fails, the previous one
   * stays.
   *
   * @throws RangeError when the weights are not this network's
   */
  async serve(model: Model): Promise<void> {
    if (model.weights.length !== DIGITS.parameterCount) {
      throw new RangeError(`A model has ${DIGITS.parameterCount} weights, not ${model.weights.length}.`);
    }
    const swap = Promise.allSettled([this.#swaps]).then(() => this.#swap(model));
    this.#swaps = swap;
    await swap;
  }

  /**
   * @param images [N, 28, 28] bytes, 0 = paper, 255 = ink
   * @returns N predictions
   * @throws CodedError 409 when there is no model yet
   */
  recognise(images: Uint8Array): Prediction[] {
    const [engine, model] = [this.#engine, this.#serving];
    if (!engine || !model) throw noModel();
    return this.#predict(engine, model, images);
  }

  /** Before `recogniseBy` with a model of this kind. */
  async prepare(model: Model): Promise<void> {
    await this.#guest(model);
  }

  /**
   * As `recognise`, but with a model other than the serving one, such as a run's while it is training.
   *
   * @param model of a kind that was prepared
   * @throws CodedError 409 when there is no model yet
   */
  recogniseBy(model: Model, images: Uint8Array): Prediction[] {
    return this.#withGuest(model, (engine) => this.#predict(engine, model, images));
  }

  /**
   * What a model, serving or not, computes for one image.
   *
   * @param image [28, 28] bytes
   */
  async inspect(model: Model, image: Uint8Array): Promise<Activations> {
    const look = (engine: Engine) => {
      if (isInspectable(engine)) return engine.activations(image);
      throw new TypeError(`The ${engine.name} engine cannot be looked into.`);
    };
    if (model !== this.#serving) await this.prepare(model);
    return model === this.#serving ? look(this.#engine!) : this.#withGuest(model, look);
  }

  #withGuest<Result>(model: Model, use: (engine: Engine) => Result): Result {
    const guest = this.#ready.get(wayOf(model));
    if (guest === undefined) throw noModel();
    if (guest.weights !== model.weights) guest.engine.setState({ weights: model.weights });
    guest.weights = model.weights;
    return use(guest.engine);
  }

  #predict(engine: Engine, model: Model, images: Uint8Array): Prediction[] {
    if (!this.#kinds) throw noModel();
    const fault = networkFault(model);
    const said = { model: modelName(model), ...(fault !== null && { fault }) };
    const probabilities = temper(engine.predict(images), model.temperature ?? 1);
    const kinds = this.#kinds.read(images);
    return Array.from({ length: images.length / IMAGE_SIZE }, (_, i) => {
      const row = Array.from(probabilities.subarray(i * DIGITS.classes, (i + 1) * DIGITS.classes));
      return { digit: row.indexOf(Math.max(...row)), probabilities: row, kind: kinds[i], ...said };
    });
  }

  /** Waits for a swap in progress and frees the engines. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#swaps]);
    const guests = await Promise.all([...this.#guests.values()].map((guest) => guest.catch(() => null)));
    const [engine, kinds] = [this.#engine, this.#kinds];
    this.#engine = null;
    this.#serving = null;
    this.#kinds = null;
    this.#guests.clear();
    this.#ready.clear();
    await Promise.all(
      [engine, kinds, ...guests.map((guest) => guest?.engine)].map((each) => each?.dispose()),
    );
  }

  /** One engine for all guests of an activation and an input scale. */
  #guest({ activation, inputScale }: Model): Promise<Guest> {
    const way = wayOf({ activation, inputScale });
    const known = this.#guests.get(way);
    if (known) return known;
    const made = this.#makeGuest({ activation, inputScale });
    this.#guests.set(way, made);
    made.then(
      (guest) => this.#ready.set(way, guest),
      () => this.#guests.delete(way),
    );
    if (this.#guests.size > MOST_GUESTS) this.#dismissOldest();
    return made;
  }

  async #makeGuest(way: Pick<Model, 'activation' | 'inputScale'>): Promise<Guest> {
    return { engine: await this.#createEngine('simd', { ...way, threads: 1 }), weights: null };
  }

  /** Who waits for it was first to wait, and reads before it is freed. */
  #dismissOldest(): void {
    const [[way, guest]] = this.#guests;
    this.#guests.delete(way);
    this.#ready.delete(way);
    guest.then(({ engine }) => engine.dispose()).catch(() => {});
  }

  /** `recognise` never awaits, so whatever is between two awaits here happens between two requests. */
  async #swap(model: Model): Promise<void> {
    const { activation, inputScale, weights } = model;
    this.#kinds ??= await this.#openKinds();
    const engine = await this.#createEngine('simd', { activation, inputScale, threads: 1 });
    try {
      engine.setState({ weights });
    } catch (error) {
      await engine.dispose();
      throw error;
    }
    const before = this.#engine;
    this.#engine = engine;
    this.#serving = model;
    await before?.dispose();
  }
}

function noModel(): CodedError {
  return new CodedError({ code: 'NO_MODEL', status: 409, message: ['errors.pleaseTrainYourModel'] });
}
