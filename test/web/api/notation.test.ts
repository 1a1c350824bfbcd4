import t from 'tap';
import { Type } from 'typebox';
import { notation } from '../../../src/web/api/notation.ts';
import { oneOf } from '../../../src/web/api/operation.ts';

t.test('a schema as people read it', async (t) => {
  t.equal(notation({ $ref: '#/components/schemas/Run' }), 'Run');
  t.equal(notation(Type.Integer({ minimum: 1, maximum: 200, default: 100 })), 'integer 1–200 (100)');
  t.equal(notation(Type.Number({ exclusiveMinimum: 0 })), 'number 0–');
  t.equal(notation(Type.Union([Type.String(), Type.Null()])), 'string | null');
  t.equal(notation(oneOf(['asc', 'desc'])), 'asc | desc');
  t.equal(notation(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })), '[number, …] of 2');
  t.equal(notation(Type.Record(Type.String(), Type.Boolean())), '{ name: boolean }');
  t.equal(notation(Type.Literal('shipped')), '"shipped"');
  t.equal(notation({}), 'anything');
});

t.test('objects, a field a line', async (t) => {
  const schema = Type.Object({
    id: Type.Integer({ description: 'Its number' }),
    parent: Type.Optional(Type.Object({ name: Type.String() })),
  });
  t.equal(notation(schema), '{\n  id: integer  — Its number\n  parent?: {\n    name: string\n  }\n}');
});
