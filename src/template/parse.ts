/** A part of a template: text as it is, or what stands between braces. */
export type Part = { readonly text: string } | { readonly call: Term };

/** A piece of an expression; a call has the names and the arguments of a function. */
export type Term =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'data'; readonly path: readonly string[] }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Term[] };

/** A template that cannot be read, in words that end "the template …". */
export class TemplateFault extends Error {}

const token =
  /\s*(?:"(?<quoted>(?:\\.|[^"\\])*)"|`(?<raw>[^`]*)`|(?<number>-?\d+)(?![\w.])|(?<path>(?:\.\w+)+)|(?<word>\w+)|(?<sign>[|()]))/sy;

/** Divides a template, and reads what stands between braces: Go's calls, fields, pipes and parentheses. */
export function parse(template: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  // Braces may stand in texts between braces.
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
    throw new TemplateFault('has braces that are not closed');
  return [...parts, { text: rest }];
}

type Groups = Readonly<Record<string, string | undefined>>;

function expression(text: string): Term {
  const tokens: Groups[] = [];
  let at = 0;
  while (text.slice(at).trim() !== '') {
    token.lastIndex = at;
    const found = token.exec(text);
    if (!found?.groups) throw new TemplateFault(`has ${text.slice(at).trim()} in it, which means nothing`);
    tokens.push(found.groups);
    at = token.lastIndex;
  }
  const value = pipeline(tokens);
  if (tokens.length > 0) throw new TemplateFault('has a parenthesis too many');
  return value;
}

/** Commands with `|` between them: each gets what is before it as its last argument. */
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
  if (first === undefined) throw new TemplateFault('has nothing where something is wanted');
  if (piped !== undefined) throw new TemplateFault('has a pipe into what is no function');
  return term(tokens);
}

function term(tokens: Groups[]): Term {
  const { quoted, raw, number, path, word, sign } = tokens.shift() ?? {};
  if (quoted !== undefined) return { kind: 'text', text: unquoted(quoted) };
  if (raw !== undefined) return { kind: 'text', text: raw };
  if (number !== undefined) return { kind: 'number', number: Number(number) };
  if (path !== undefined) return { kind: 'data', path: path.split('.').slice(1) };
  if (word !== undefined) return { kind: 'call', name: word, args: [] };
  if (sign !== '(') throw new TemplateFault(`has a ${sign ?? 'piece missing'} where something is wanted`);
  const inner = pipeline(tokens);
  if (tokens.shift()?.sign !== ')') throw new TemplateFault('has a parenthesis that is not closed');
  return inner;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

const unquoted = (text: string): string =>
  text.replaceAll(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter);
