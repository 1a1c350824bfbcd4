import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Message } from '../../catalogue/catalogue.ts';
import { CodedError } from '../../errors.ts';
import type { Person } from '../../store/person-store.ts';
import { answerForm } from '../answer.ts';
import type { PageContext } from '../page.ts';
import { erase } from './erasure.ts';

/** Most people that are listed, the most recently active; more than a school has in a year. */
const LISTED = 1000;

/** views/people/index.eta */
interface PeopleContext extends PageContext {
  readonly people: readonly Person[];
}

/** views/people/erase.eta */
interface ErasePersonContext extends PageContext {
  readonly person: Person;
}

type PersonRequest = FastifyRequest<{ Params: { id: string }; Querystring: { dry_run?: unknown } }>;

/**
 * `GET /people` lists who has runs, sweeps or corrections here. `DELETE /people/:id` erases a person; with `dry_run=true` it only
 * says what would go. Without JavaScript, `GET /people/:id/erase` asks and `POST` erases.
 */
export function peopleRoutes(app: FastifyInstance): void {
  app.get('/people', async (request, reply) => {
    const list = await request.workbench.people.list(LISTED);
    if (answerForm(request) === 'json') return reply.header('vary', 'accept').send({ people: list });
    return reply.page<PeopleContext>('people/index', {
      title: request.t('people.people'),
      page: 'people',
      people: list,
    });
  });

  app.get('/people/:id/erase', async (request: PersonRequest, reply) => {
    const person = await found(request);
    const title = request.t('people.eraseTitle');
    return reply.page<ErasePersonContext>('people/erase', { title, page: 'people', person });
  });

  app.post('/people/:id/erase', async (request: PersonRequest, reply) => {
    const person = await found(request);
    await erase(request.workbench, person.id);
    return answerForm(request) === 'json'
      ? reply.send({ person, erased: true })
      : reply.redirect('/people', 303);
  });

  app.delete('/people/:id', async (request: PersonRequest, reply) => {
    const isDry = readDryRun(request.query);
    const person = await found(request);
    if (!isDry) await erase(request.workbench, person.id);
    return reply.send({ person, erased: !isDry });
  });

  /** @throws CodedError 404 */
  async function found({ params: { id }, workbench }: PersonRequest): Promise<Person> {
    const person = await workbench.people.get(id);
    if (person !== null) return person;
    const message: Message = ['errors.nothingIsTheirs', { id: id.slice(0, 20) }];
    throw new CodedError({ code: 'NO_SUCH_PERSON', status: 404, message });
  }
}

/** `dry_run=true`? Strict, since a misspelt one would erase. @throws CodedError 422 */
export function readDryRun({ dry_run: text, ...others }: { dry_run?: unknown }): boolean {
  const [unknown] = Object.keys(others);
  if (unknown === undefined && (text === undefined || text === 'true' || text === 'false'))
    return text === 'true';
  const message: Message = ['errors.dryRunIs'];
  throw new CodedError({ code: 'DRY_RUN', status: 422, message, field: 'dry_run' });
}
