/** views/_field.eta, for each of its `fields`: a control with its label, and beside it the sentence why what was sent cannot be used. */
export interface Field {
  /** Of what is sent; also the control's id. */
  readonly name: string;
  readonly label: string;
  /** Behind the label, small: "in epochs". */
  readonly hint?: string | undefined;
  /** Id of a label that says what the control is set to: "Epochs: 100". */
  readonly display?: string | undefined;
  readonly control: 'select' | 'slider' | 'line' | 'password' | 'area' | 'ticks';
  /** What it shows as text; of ticks those that are ticked. */
  readonly value: string | readonly string[];
  /** Of a select and of ticks. */
  readonly options?: readonly FieldOption[];
  /** Of a slider. */
  readonly bounds?: { readonly min: number; readonly max: number; readonly marks: readonly number[] };
  readonly placeholder?: string | undefined;
  readonly inputMode?: 'numeric' | 'decimal' | undefined;
  /** What the browser may fill in; off by default. */
  readonly autocomplete?: string;
  readonly maxLength?: number;
  readonly required?: true;
  /** Classes that say how wide it is. */
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
