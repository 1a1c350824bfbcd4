import type { FastifyInstance } from 'fastify';
import { writeOut } from '../../inside/unit.ts';
import { imagesOf, toError } from '../../recognition/inputs.ts';
import type { Workbenches } from '../../workbench.ts';
import { answerForm } from '../answer.ts';
import type { PageContext } from '../page.ts';
import { insideJson, valueJson } from './json.ts';
import { fromPixels, type Look, lookInto, modelNamed } from './look.ts';
import { clickedUnit, unitAt } from './unit-address.ts';
import { type DiagramContext, diagramContext, lookedContext, type MapContext, mapContext } from './view.ts';

/** views/inside/show.eta */
interface InsideContext extends PageContext {
  readonly diagram: DiagramContext;
  /** The map of the value as a table. */
  readonly map: MapContext;
}

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Most bytes that it counts as among the drawings in progress. */
const BODY_LIMIT = 2 ** 20;

/** `GET /inside`: a page; as a fragment the diagram, or with `part=value` only the value written out; or JSON. */
export function insideRoutes(app: FastifyInstance, { byDefault: { reader } }: Workbenches): void {
  app.get<{ Querystring: Query }>('/inside', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const { query, t } = request;
    const field = (name: string) => [query[name] ?? ''].flat()[0] || undefined;
    const named = withoutUndefined({ run: field('run'), epoch: field('epoch') });
    const model = await modelNamed(request, named);
    const look = await lookInto(request.workbench, model, await imageAsked(field), named);
    const unit = clickedUnit(query) ?? unitAt(field('at'), look.activations);
    const value = writeOut(look, unit);
    switch (answerForm(request, 'page')) {
      case 'json':
        return reply.send(lookJson(look, value));
      case 'fragment':
        reply.header('cache-control', 'no-cache');
        if (field('part') === 'value') return reply.view('inside/_value', lookedContext(t, look, value));
        return reply.view('inside/_diagram', diagramContext(t, look, value, isExample(field)));
      default:
        return reply.page<InsideContext>('inside/show', {
          title: t('inside.title'),
          page: 'workbench',
          diagram: diagramContext(t, look, value, isExample(field)),
          map: mapContext(t, look, unit),
        });
    }
  });

  async function imageAsked(field: Field): Promise<Uint8Array> {
    const pixels = field('pixels');
    if (pixels !== undefined) return fromPixels(pixels);
    const strokes = field('strokes') ?? (isExample(field) ? EXAMPLE : '');
    const matrix = field('matrix') ?? '';
    const bytes = strokes.length + matrix.length;
    const { inputs } = await reader.decode('fields', { strokes, matrix }, { bytes });
    const { images, each } = await reader.unpack(inputs);
    if (!('count' in each[0])) throw toError(each[0]);
    return imagesOf(images)[0];
  }
}

type Field = (name: string) => string | undefined;

/** A seven, until something has been drawn. */
const EXAMPLE = '[[[9,6],[13,5],[21,6],[19,11],[15,18],[13,24]]]';

const isExample = (field: Field) =>
  ['pixels', 'strokes', 'matrix'].every((name) => field(name) === undefined);

function withoutUndefined(named: { run: string | undefined; epoch: string | undefined }): Look['named'] {
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

function lookJson(look: Look, value: Parameters<typeof valueJson>[0]) {
  const { digit, probabilities, temperature, model } = look;
  return {
    ...{ digit, temperature, model },
    probabilities: [...probabilities],
    inside: insideJson(look),
    value: valueJson(value),
  };
}
