import { Type } from 'typebox';
import { Id, jsonOrPage, jsonText, type Operations, orEmpty, ref } from '../api/operation.ts';

export const inside: Operations = {
  'GET /inside': {
    tag: 'Recognition',
    summary: 'What happens inside the network with an image',
    description:
      'Everything that each layer computes, and one value written out as the sum that it is. The image is `pixels`, given to the network as they are, or `strokes` or a `matrix`, scaled and centred as by `POST /recognize`; by default an example.',
    query: Type.Object({
      pixels: Type.Optional(
        orEmpty(Type.String({ minLength: 1046, maxLength: 1048, description: '784 bytes in base64' })),
      ),
      strokes: Type.Optional(orEmpty(jsonText('Strokes as JSON'))),
      matrix: Type.Optional(orEmpty(jsonText('A matrix as JSON'))),
      run: Type.Optional(orEmpty(Id)),
      epoch: Type.Optional(orEmpty(Id)),
      at: Type.Optional(
        orEmpty(
          Type.String({
            pattern: '^[a-z]+\\d?(,\\d{1,3}){0,3}$',
            description:
              'A layer, its map, row and column, from 0, such as `conv2,3,4,5`; of what is omitted, the value furthest from 0',
          }),
        ),
      ),
    }),
    answers: { 200: { description: 'It', content: jsonOrPage(ref('Looked')) } },
  },
};
