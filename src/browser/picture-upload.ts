import { islands } from './islands.ts';
import { shrinkPicture } from './shrink-picture.ts';

/** A picture that is chosen, dropped or pasted anywhere on the page goes the same way: shrunk, then sent by its form. */
export const mountPictureUploads = islands('[data-picture]', (form) => {
  const input = form.querySelector('input[type=file]') as HTMLInputElement;
  /** Is the field's file ready to be sent? */
  let isReady = false;
  let newest: File | undefined;

  form.addEventListener(
    'change',
    (event) => {
      if (isReady) return;
      // Chosen in the browser's dialog. The shrunk file triggers a change event of its own.
      event.stopPropagation();
      const [file] = input.files ?? [];
      if (file) take(file);
    },
    { capture: true },
  );
  addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
  });
  addEventListener('drop', (event) => {
    const [file] = event.dataTransfer?.files ?? [];
    if (!file) return;
    event.preventDefault();
    take(file);
  });
  addEventListener('paste', (event) => {
    const [file] = event.clipboardData?.files ?? [];
    // Text copied from office programs includes a picture of itself.
    if (!file || (event.target as Element).matches('input, textarea')) return;
    event.preventDefault();
    take(file);
  });

  /** Of several the last one, however long each takes. */
  async function take(file: File): Promise<void> {
    newest = file;
    const smaller = await shrinkPicture(file);
    if (newest !== file) return;
    const files = new DataTransfer();
    files.items.add(smaller);
    input.files = files.files;
    isReady = true;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    isReady = false;
  }
});
