import { defaultLearningRate, type OptimizerName } from '../network/optimizers.ts';
import { islands } from './islands.ts';
import { say } from './say.ts';

/** Labels with the current value of their control ("Epochs: 100"), and the optimizer's default learning rate. */
export const mountFormLabels = islands('[data-live-labels]', (form) => {
  const update = () => {
    for (const label of form.querySelectorAll<HTMLLabelElement>('label[data-label]')) {
      label.textContent = `${label.dataset.label}: ${(label.control as HTMLInputElement).value}`;
    }
    showDefaultLearningRate(form);
  };
  form.addEventListener('input', ({ target }) => {
    update();
    forgive(target as HTMLElement);
  });
  update();
  // Browsers restore earlier choices when going back or reloading: later than this, and without events.
  const restored = () => {
    update();
    // What depends on them: the forecast, the augmented images.
    for (const control of [...(form as HTMLFormElement).elements].filter(isChanged)) {
      control.dispatchEvent(new Event('change', { bubbles: true }));
    }
  };
  addEventListener('pageshow', restored);
});

/** Does a control differ from what the server sent? */
function isChanged(control: Element): boolean {
  if (control instanceof HTMLSelectElement) {
    return [...control.options].some(({ selected, defaultSelected }) => selected !== defaultSelected);
  }
  return control instanceof HTMLInputElement && control.value !== control.defaultValue;
}

/** An invalid field is being changed: its error no longer applies. */
function forgive(field: HTMLElement): void {
  const sentence = document.getElementById(field.getAttribute('aria-describedby') ?? '');
  sentence?.remove();
  field.removeAttribute('aria-invalid');
  field.removeAttribute('aria-describedby');
}

function showDefaultLearningRate(form: HTMLElement): void {
  const optimizer = form.querySelector<HTMLSelectElement>('[name=optimizer]')?.selectedOptions[0];
  const batchSize = form.querySelector<HTMLInputElement>('[name=batchsize]');
  const learningRate = form.querySelector<HTMLInputElement>('[name=learningrate]');
  if (!optimizer || !batchSize || !learningRate) return;
  const name = optimizer.value as OptimizerName;
  // In a fork's form it may stay unchanged.
  learningRate.placeholder =
    optimizer.dataset.rate ??
    say('browser.defaultRate', {
      rate: defaultLearningRate(name, Number(batchSize.value || batchSize.placeholder)),
      optimizer: name,
    });
}
