/** A part of a template: literal text, or the expression between braces. */
export type Part = { readonly text: string } | { readonly call: Term };

/** A term of an expression; a call has the name and the arguments of a function. */
export type Term =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'data'; readonly path: readonly string[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Term[] };

/** An invalid template; its message follows "the template …". */
export class TemplateError extends Error {}

const token =
  /\s*(?:"(?<quoted>(?:\\.|[^"\\])*)"|`(?<raw>[^`]*)`|(?<number>-?\d+)(?![\w.])|(?<path>(?:\.\w+)+)|(?<word>\w+)|(?<sign>[|()]))/sy;

/** Parses a template with the syntax of Go: calls, fields, pipes and parentheses between braces. */
export function parse(template: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  // Quoted texts inside an expression may contain braces.
  for (const found of template.matchAll(
    /\{\{(-(?=\s))?((?:"(?:\\.|[^"\\])*"|`[^`]*`|(?!\}\}).)*?)((?<=\s)-)?\}\}/gs,
  )) {
    const before = template.slice(at, found.index);
    parts.push({ text: found[1] ? before.trimEnd() : before });
    parts.push({ call: expression(found[2] ?? '') });
    at = found.index + found[0].length;
    if (found[3]) at += /^\s*/.exec(template.slice(at))?.[0].length ?? 0;
  }
  const rest = template.slice(at);
  if (
    [...parts.flatMap((part) => ('text' in part ? part.text : [])), rest].some((text) => text.includes('{{'))
  )
    throw new TemplateError('has unclosed braces');
  return [...parts, { text: rest }];
}

type Groups = Readonly<Record<string, string | undefined>>;

function expression(text: string): Term {
  const tokens: Groups[] = [];
  let at = 0;
  while (text.slice(at).trim() !== '') {
    token.lastIndex = at;
    const found = token.exec(text);
    if (!found?.groups) throw new TemplateError(`has invalid syntax at ${text.slice(at).trim()}`);
    tokens.push(found.groups);
    at = token.lastIndex;
  }
  const value = pipeline(tokens);
  if (tokens.length > 0) throw new TemplateError('has an unmatched closing parenthesis');
  return value;
}

/** Commands separated by `|`: the result of each is the last argument of the next. */
function pipeline(tokens: Groups[]): Term {
  let value = command(tokens);
  while (tokens[0]?.sign === '|') {
    tokens.shift();
    value = command(tokens, value);
  }
  return value;
}

function command(tokens: Groups[], piped?: Term): Term {
  const [first] = tokens;
  const name = first?.word;
  if (name !== undefined) {
    tokens.shift();
    const args: Term[] = [];
    while (tokens.length > 0 && !/[|)]/.test(tokens[0]?.sign ?? '')) args.push(term(tokens));
    return { kind: 'call', name, args: piped === undefined ? args : [...args, piped] };
  }
  if (first === undefined) throw new TemplateError('has an empty expression');
  if (piped !== undefined) throw new TemplateError('has a pipe into a value that is not a function');
  return term(tokens);
}

function term(tokens: Groups[]): Term {
  const { quoted, raw, number, path, word, sign } = tokens.shift() ?? {};
  if (quoted !== undefined) return { kind: 'text', text: unquoted(quoted) };
  if (raw !== undefined) return { kind: 'text', text: raw };
  if (number !== undefined) return { kind: 'number', number: Number(number) };
  if (path !== undefined) return { kind: 'data', path: path.split('.').slice(1) };
  if (word !== undefined) return { kind: 'call', name: word, args: [] };
  if (sign !== '(')
    throw new TemplateError(
      sign === undefined ? 'has an incomplete expression' : `has an unexpected ${sign}`,
    );
  const inner = pipeline(tokens);
  if (tokens.shift()?.sign !== ')') throw new TemplateError('has an unclosed parenthesis');
  return inner;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

const unquoted = (text: string): string =>
  text.replaceAll(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter);
