import { IntlMessageFormat } from 'intl-messageformat';
import t from 'tap';
import { type Catalogue, english, translate } from '../../src/catalogue/catalogue.ts';
import { EN } from '../../src/catalogue/en.ts';
import { wantedLanguage } from '../../src/catalogue/languages.ts';

const TEXTS = {
  ...EN,
  plain: "It isn't one {of them",
  named: '{who} has {count, plural, one {# run} other {# runs}}.',
  simple: '{a} of {b}.',
  linked: 'Your run: <run>run {id}</run>, {state}.',
} as unknown as Catalogue;

const say = translate('en', TEXTS) as (
  key: string,
  values?: Readonly<Record<string, string | number>>,
) => string;

t.test('a message is said with its values', async (t) => {
  t.equal(english('frame.runs'), EN['frame.runs']);
  t.equal(say('named', { who: 'Ada', count: 1 }), 'Ada has 1 run.');
  t.equal(say('named', { who: '<b>', count: 1200 }), '<b> has 1,200 runs.');
  t.equal(say('named', { who: '<b>', count: 1200 }), '<b> has 1,200 runs.', 'once more');
  t.equal(say('named', { who: '<b>', count: 2 }), '<b> has 2 runs.');
  t.throws(() => say('named', { who: 'Ada' }), /count/);
  t.equal(say('simple', { a: 1, b: '<i>' }), '1 of <i>.');
  t.throws(() => say('simple', { a: 1 }), /without "b"/);
});

t.test('a text has its links as pieces', async (t) => {
  const { text } = translate('en', TEXTS) as unknown as {
    text(key: string, values: object, links: object): unknown;
  };
  t.same(text('linked', { id: 3, state: 'finished' }, { run: '/runs/3' }), [
    'Your run: ',
    { href: '/runs/3', text: 'run 3' },
    ', finished.',
  ]);
  t.same(text('linked', { id: 3, state: '<i>' }, { run: null }), ['Your run: run 3, <i>.']);
});

t.test('the language is the one that the client wants, else the first', async (t) => {
  const german = translate('de', TEXTS);
  const languages = [english, german];
  t.equal(wantedLanguage(undefined, languages), english);
  t.equal(wantedLanguage('de-AT, en;q=0.5', languages), german);
  t.equal(wantedLanguage('fr, de;q=0.5, en;q=0.4', languages), german);
  for (const other of ['fr', '*', 'en_US', '', ',;q=,', 'x'.repeat(5000)]) {
    t.equal(wantedLanguage(other, languages), english, other.slice(0, 20));
  }
});

t.test('what is said without the library is what the library says', async (t) => {
  for (const [key, message] of Object.entries(EN)) {
    const names = [...message.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    if (names.length === 0 || /[<'#]|\{\w+,/.test(message)) continue;
    const values = Object.fromEntries(names.map((name, i) => [name, i % 2 === 0 ? `${name}é` : 12_345 + i]));
    t.equal(
      english(key as keyof typeof EN, values),
      String(new IntlMessageFormat(message, 'en').format(values)),
      key,
    );
  }
});
