/** The activations a run may choose, with Keras's names. */
export const ACTIVATIONS = ['relu', 'tanh', 'sigmoid'] as const;

export type Activation = (typeof ACTIVATIONS)[number];

/** What the form calls them. */
export const ACTIVATION_LABELS: Readonly<Record<Activation, string>> = {
  relu: 'Rectified linear unit',
  tanh: 'Hyperbolic tangent',
  sigmoid: 'Sigmoidal',
};
