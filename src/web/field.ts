/** views/_field.eta, for each of its `fields`: a control with its label and its error. */
export interface Field {
  /** Name of the field; also the control's id. */
  readonly name: string;
  readonly label: string;
  /** Small text after the label: "in epochs". */
  readonly hint?: string | undefined;
  /** Id of a label that says what the control is set to: "Epochs: 100". */
  readonly display?: string | undefined;
  readonly control: 'select' | 'slider' | 'line' | 'password' | 'area' | 'ticks';
  /** The text it shows; for checkboxes, the ones that are ticked. */
  readonly value: string | readonly string[];
  /** For a select and for checkboxes. */
  readonly options?: readonly FieldOption[];
  /** For a slider. */
  readonly bounds?: { readonly min: number; readonly max: number; readonly marks: readonly number[] };
  readonly placeholder?: string | undefined;
  readonly inputMode?: 'numeric' | 'decimal' | undefined;
  /** What the browser may fill in; off by default. */
  readonly autocomplete?: string;
  readonly maxLength?: number;
  readonly required?: true;
  /** CSS classes for its width. */
  readonly size?: string | undefined;
  readonly error?: string | undefined;
}

export interface FieldOption {
  readonly value: string;
  readonly label: string;
  readonly disabled?: boolean;
  /** Learning rate that it brings along, as the control's placeholder says it. */
  readonly rate?: string | undefined;
}
