import { inlineFieldsOf, type Selection, type Shape } from './execution-plan.ts';
import { namesThatAreValues, serializedTestOf } from './leaf-value.ts';

/** True when compiled code may read every inline field of the source object as it stands. Never throws. */
export type PlainTest = (source: unknown) => boolean;

const NOT_A_PROMISE = `(typeof v !== 'object' || typeof v.then !== 'function')`;

/**
 * A property may be a method, a promise, a getter that throws, or a value still to be serialised. Compiled code handles
 * none of these (a throw inside one of its promise callbacks leaves the request unanswered), so every source object is
 * tested first; the test is generated code because it runs for every row.
 */
export function compilePlainTest(selection: Selection): PlainTest {
  const test = selectionTest(selection);
  return (source) => {
    try {
      return test(source);
    } catch {
      return false;
    }
  };
}

function selectionTest(selection: Selection): PlainTest {
  const known: unknown[] = [];
  const lines = inlineFieldsOf(selection).map(({ definition, shape }) => {
    const test = shapeTest(shape, known);
    return `v = s.${definition.name}; if (v !== null && v !== undefined && !(${test})) return false;`;
  });
  return generate(
    `if (typeof s !== 'object' || s === null) return false; let v; ${lines.join('\n')} return true;`,
    known,
  );
}

/** JavaScript that tests `v`, which is not null. Lists and objects go to functions of their own. */
function shapeTest(shape: Shape, known: unknown[]): string {
  const call = (test: unknown) => `known[${known.push(test) - 1}]`;
  switch (shape.kind) {
    case 'nonNull':
      return shapeTest(shape.of, known);
    case 'list':
      return `Array.isArray(v) && ${call(listTest(shape.of))}(v)`;
    case 'object':
      return `${NOT_A_PROMISE} && ${call(selectionTest(shape.selection))}(v)`;
    case 'leaf': {
      const names = namesThatAreValues(shape.type);
      if (names) return `${call(names)}.has(v)`;
      return serializedTestOf(shape.type) ?? `typeof v !== 'function' && ${NOT_A_PROMISE}`;
    }
    case 'abstract':
      return 'false';
  }
}

function listTest(item: Shape): PlainTest {
  const known: unknown[] = [];
  const test = shapeTest(item, known);
  return generate(
    `for (const v of s) if (v !== null && v !== undefined && !(${test})) return false; return true;`,
    known,
  );
}

const generate = (body: string, known: readonly unknown[]): PlainTest =>
  new Function('known', `'use strict'; return (s) => { ${body} };`)(known);
