import type { Augmentation } from '../../datasets/augmentation.ts';
import type { OptimizerName } from '../../network/optimizers.ts';
import type { CHOICES, RANGES, SettingName } from '../../training/settings.ts';
import type { PageContext } from '../page.ts';
import type { FormErrors } from './settings-input.ts';

/** views/runs/_form.eta: also sent alone, 422, with `errors`. */
export interface FormContext {
  /** What each control shows, as text. */
  readonly values: Readonly<Record<SettingName, string>>;
  readonly errors: FormErrors;
  /** What the lists offer. */
  readonly choices: Readonly<
    Record<keyof typeof CHOICES, readonly { readonly value: string; readonly label: string }[]>
  >;
  /** Bounds of the numbers. */
  readonly ranges: typeof RANGES;
  /** The learning rate that each optimizer brings along for the batch size shown. */
  readonly rates: Readonly<Record<OptimizerName, number>>;
  /** Engines of this machine; one that is absent says why. */
  readonly engines: readonly { name: string; label: string; absent: string | null }[];
  /** What the augmentation chosen makes of images. */
  readonly augmented: AugmentedContext;
  /** Sentence beside the button: how long a run takes here. */
  readonly forecast: string;
  /** What the one who looks is called. */
  readonly who: string;
}

/** views/runs/_augmented.eta: beside the form's control, also sent alone. */
export interface AugmentedContext {
  readonly kind: Augmentation;
  /** Rows of ten images of 784 bytes: as they are, then warped; none while it is off. */
  readonly rows: readonly (readonly Uint8Array[])[];
}

/** views/augmentation/show.eta */
export interface AugmentationContext extends PageContext {
  readonly seed: number;
  readonly strips: readonly AugmentedContext[];
}
