/** One pass over the training images, with Keras's four metrics. */
export interface Epoch {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly val_loss: number;
  readonly val_accuracy: number;
  /** Wall time of training and validation together. */
  readonly seconds: number;
}
