/** The activations a run may choose, with Keras's names. */
export const ACTIVATIONS = ['relu', 'tanh', 'sigmoid'] as const;

export type Activation = (typeof ACTIVATIONS)[number];
