/** Size limits of input. */
const MB = 2 ** 20;

/** Bytes of a picture's file: a phone's photograph as it was taken. */
export const LARGEST_PICTURE = 12 * MB;
/** The same as text. */
export const LARGEST_PICTURE_TEXT = `${LARGEST_PICTURE / MB} MB`;

/** Bytes of a body that may be such a picture: as base64 it has a third more, in a form every 32nd letter thrice. */
export const LARGEST_PICTURE_BODY = LARGEST_PICTURE * 1.5;

/** Bytes of any other body: a batch of 1,000 matrices has 4 MB. */
export const LARGEST_BODY = 8 * MB;
export const LARGEST_BODY_TEXT = `${LARGEST_BODY / MB} MB`;
