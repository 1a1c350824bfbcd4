/** A JSON Schema as people read it: `{ epochs?: integer 1–200 (100), state: queued | running }`. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
}

/** @param schema of an OpenAPI document; a reference is shown by its name */
export function notation(schema: unknown, indent = ''): string {
  const { $ref, anyOf, allOf, items, properties, patternProperties, type, ...rest } = schema as Schema;
  if ($ref) return $ref.slice($ref.lastIndexOf('/') + 1);
  if (anyOf) return anyOf.map((one) => notation(one, indent)).join(' | ');
  if (allOf) return allOf.map((one) => notation(one, indent)).join(' & ');
  if (rest.const !== undefined) return JSON.stringify(rest.const);
  if (rest.enum) return `${rest.enum.join(' | ')}${fallback(rest)}`;
  if (items) return `[${notation(items, indent)}, …]${bounds(rest.minItems, rest.maxItems, ' of ')}`;
  if (properties) return object(properties, rest.required ?? [], indent);
  const pattern = Object.values(patternProperties ?? {}).at(0) ?? rest.additionalProperties;
  if (typeof pattern === 'object') return `{ name: ${notation(pattern, indent)} }`;
  const low = rest.minimum ?? rest.exclusiveMinimum;
  return `${type ?? 'anything'}${bounds(low, rest.maximum, ' ')}${fallback(rest)}`;
}

function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
  indent: string,
): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, schema]) => {
    const about = schema.description ? `  — ${schema.description}` : '';
    return `${inner}${name}${required.includes(name) ? '' : '?'}: ${notation(schema, inner)}${about}`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function bounds(low: number | undefined, high: number | undefined, before: string): string {
  if (low === undefined && high === undefined) return '';
  if (low === high) return `${before}${low}`;
  return `${before}${low ?? ''}–${high ?? ''}`;
}

const fallback = ({ default: value }: Schema) => (value === undefined ? '' : ` (${value})`);
