/**
 * What people read, in English. Another language is a file like this one: the same keys, their messages in ICU MessageFormat
 * (`{count, plural, one {# run} other {# runs}}`; `<link>…</link>` around what is a link). Values come as they are to be
 * shown: numbers, shares and durations are written by web/format.ts.
 */
export const EN = {
  // The frame of every page.
  'frame.skip': 'Skip to the page',
  'frame.pages': 'Pages',
  'frame.workbench': 'Workbench',
  'frame.runs': 'Runs',
  'frame.sweeps': 'Sweeps',
  'frame.corrections': 'Corrections',
  'frame.scripts': 'For scripts',
  'frame.status': 'Status',
  'frame.signIn': 'Sign in',
  'frame.signOut': 'Sign out',
  'frame.signOutAdmin': 'Sign out (admin)',
} as const satisfies Readonly<Record<string, string>>;
