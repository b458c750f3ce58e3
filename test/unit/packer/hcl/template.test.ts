import { expect, test } from '@jest/globals';
import type { ReadContext } from '../../../../src/config/kit/context.js';
import type { WholeConfig } from '../../../../src/config/read.js';
import { configOf, issuesOf } from '../../config/reading.js';
import { templateWith, workspaceWith } from './reading.js';

const none = { 'source-omi': '', 'omi-name': '', config: '.' };
type Files = Readonly<Record<string, string>>;

const read = async (
  files: Files,
  inputs: Readonly<Record<string, string>> = {},
  also: Partial<ReadContext> = {},
): Promise<WholeConfig> => await configOf({ ...none, ...inputs }, { ...workspaceWith(files), ...also });

/** The problems of a folder of templates. */
const problems = async (
  files: Files | string,
  inputs: Readonly<Record<string, string>> = {},
  also: Partial<ReadContext> = {},
): Promise<string[]> =>
  await issuesOf(
    { ...none, ...inputs },
    { ...workspaceWith(typeof files === 'string' ? { 'x.pkr.hcl': files } : files), ...also },
  );

test('all mistakes of all files are in one error, each with file, line and column', async () => {
  const lines = await problems({
    'a.pkr.hcl': `variable "need" {}
variable "size" {
  type    = number
  default = "many"
}
variable "b" {
  defalt = 1
}
nonsense {}
locals {
  one = local.two
  two = local.one
  bad = var.nope
}`,
    'b.pkr.hcl': `source "outscale-chroot" "web" {
  source_omi = "ami-12345678"
  omi_name   = upper()
  omi_nam    = 1
}
build {
  sources = ["source.outscale-chroot.web", "source.outscale-chroot.other"]
  provisoner "shell" {}
  provisioner "ansible" {}
}`,
  });
  expect(lines.toSorted()).toEqual([
    expect.stringMatching(/^config, a\.pkr\.hcl, line 1, column 1, variable "need": has no value; /),
    expect.stringMatching(
      /^config, a\.pkr\.hcl, line 12, column 9, local, one: uses itself: local\.one → local\.two → local\.one/,
    ),
    expect.stringMatching(
      /^config, a\.pkr\.hcl, line 13, column 9, local, bad: uses var\.nope, which is not declared; /,
    ),
    expect.stringMatching(
      /^config, a\.pkr\.hcl, line 4, column 3, variable "size", default: needs a number, and has a text/,
    ),
    expect.stringMatching(/^config, a\.pkr\.hcl, line 6, column 1, variable "b": has no value; /),
    expect.stringMatching(
      /^config, a\.pkr\.hcl, line 7, column 3, variable "b", defalt: is not an argument of this block; /,
    ),
    expect.stringMatching(
      /^config, a\.pkr\.hcl, line 9, column 1, nonsense: is not a block of a Packer template; /,
    ),
    expect.stringMatching(
      /^config, b\.pkr\.hcl, line 3, column 16, source "outscale-chroot" "web", omi_name: calls upper, which has 0 arguments; /,
    ),
    expect.stringMatching(
      /^config, b\.pkr\.hcl, line 7, column 3, build, sources: has the source source\.outscale-chroot\.other, which is not declared; /,
    ),
    expect.stringMatching(
      /^config, b\.pkr\.hcl, line 8, column 3, build, provisoner: is not a block of this block; /,
    ),
    expect.stringMatching(
      /^config, b\.pkr\.hcl, line 9, column 3, provisioner 1 "ansible": has the type ansible, which is not supported; /,
    ),
  ]);
});

test('a wrong value of an option has the position of its attribute', async () => {
  expect(await problems(templateWith('', '  root_volume_size = "ten"\n  omi_nam = "x"'))).toEqual([
    'omi_nam (x.pkr.hcl, line 6, column 3): is not an option; did you mean omi_name?',
    'root_volume_size (x.pkr.hcl, line 5, column 3): "ten" is not a valid number of GiB; write digits only, 1 to 14901',
  ]);
});

test.each([
  ['a = "x\n}\n', 'line 1, column 5: has a text that is not closed: expected " before the end of the line'],
  [`a {\n  b = "x\${c"\n}\n`, 'line 2, column'],
  [
    'a {\n  b = [1 2]\n}\n',
    'line 2, column 10: has a syntax error: expected an operator, a comma, a closing bracket',
  ],
  ['a {\n  b = 1 +\n}\n', 'line 3, column 1: has a syntax error: expected an expression'],
  ['a {\n  b = 1\n', 'ends too early'],
  ['a {\n  b = 1 c = 2\n}\n', 'line 2, column 9: has a syntax error: expected a new line'],
  ['a {\n  b\n}\n', 'line 3, column 1: has a syntax error: expected = and a value, or { and a block'],
  ['a {\n  b = <<EOT\nx\n}\n', 'ends too early'],
  ['a {\n  b = "%{ if true }x"\n}\n', 'expected'],
  ['a {\n  b = "\\q"\n}\n', 'line 2, column'],
  ['{ "a": 1 }', 'is a JSON object'],
])('%j is refused with the position and what was expected', async (text, line) => {
  const [first = ''] = await problems(text);
  expect(first).toContain(`config, x.pkr.hcl, `);
  expect(first).toContain(line);
});

test('values come from the default, the environment, automatic files, files and inputs; later ones win', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const { image } = await read(
    {
      'x.pkr.hcl': templateWith(
        names.map((name) => `variable "${name}" {\n  default = "default"\n}\n`).join(''),
      ).replace('"packed"', `"${names.map((name) => `\${var.${name}}`).join(' ')}"`),
      'x.auto.pkrvars.hcl': 'c = "auto"\nd = "auto"\ne = "auto"\nf = "auto"\n',
      'y.auto.pkrvars.json': '{"d": "json", "e": "json", "f": "json"}',
      'v.hcl': 'e = "file"\nf = "file"\n',
    },
    { variables: 'f=input', 'variable-files': 'v.hcl' },
    { environment: Object.fromEntries(names.slice(1).map((name) => [`PKR_VAR_${name}`, 'env'])) },
  );
  expect(image.omi_name).toBe('default env auto json file input');
});

test('a text is an expression where the variable has a type that is not text', async () => {
  const { image } = await read(
    {
      'x.pkr.hcl': templateWith(
        'variable "l" {\n  type = list(string)\n}\nvariable "n" { default = 1 }\n',
      ).replace('"packed"', `"\${join("-", var.l)} \${var.n + 1}"`),
    },
    { variables: 'l=["a", "b"]\nn=2' },
  );
  expect(image.omi_name).toBe('a-b 3');
});

test('a value for a variable that is not declared is an error as an input, and a notice in a file', async () => {
  const notices: string[] = [];
  const files = { 'x.pkr.hcl': templateWith(''), 'v.hcl': 'other = 1\n' };
  await read(files, { 'variable-files': 'v.hcl' }, { notice: (line) => notices.push(line) });
  expect(notices).toContain('x.pkr.hcl: v.hcl: other is ignored: the template does not declare it');
  expect(await problems(files, { variables: 'nope=1' })).toEqual([
    expect.stringContaining('nope: is not declared by the template'),
  ]);
});

test('values of sensitive variables and locals are masked before a notice', async () => {
  const calls: string[] = [];
  await read(
    {
      'x.pkr.hcl': templateWith(
        `variable "pw" {\n  default   = ["tops3cret"]\n  sensitive = true\n}\nlocal "more" {\n  expression = "x-\${var.pw[0]}"\n  sensitive  = true\n}`,
        '',
        '  error-cleanup-provisioner "shell" {}',
      ),
    },
    {},
    { mask: (secret) => calls.push(`mask ${secret}`), notice: () => calls.push('notice') },
  );
  expect(calls.slice(0, 2)).toEqual(['mask tops3cret', 'mask x-tops3cret']);
  expect(calls).toContain('notice');
});

test.each([
  ['file("../secret")', 'which is not below the folder of the template or the workspace'],
  ['file("/etc/shadow")', 'which is not below the folder of the template or the workspace'],
  ['templatefile("/etc/shadow", {})', 'which is not below the folder of the template or the workspace'],
  ['file("nope")', 'which is not a file'],
  ['env("HOME")', 'it is available only in the default of a variable'],
  ['vault("a", "b")', 'read the value in an earlier step'],
])('%s outside of a default is refused', async (text, problem) => {
  const files = {
    'x.pkr.hcl': templateWith(`locals {\n  a = ${text}\n}`),
    '/secret': 's',
    '/etc/shadow': 's',
  };
  expect(await problems(files)).toEqual([expect.stringContaining(problem)]);
});

test('files below the folder of the template and below the workspace can be read', async () => {
  const { image } = await read(
    {
      '/other/x.pkr.hcl': templateWith('').replace(
        '"packed"',
        `"\${file("\${path.root}/a")}\${file("b/c")}"`,
      ),
      '/other/a': 'one',
      'b/c': 'two',
    },
    { config: '/other' },
  );
  expect(image.omi_name).toBe('onetwo');
});

test.each([
  ['a folder without templates', { 'a/x.yml': '' }, 'a', '"a" is a folder without templates'],
  ["a file in HCL's JSON syntax", { 'x.pkr.json': '{}' }, 'x.pkr.json', "is a template in HCL's JSON syntax"],
  ["a folder with HCL's JSON syntax", { 'x.pkr.json': '{}' }, '.', "is a template in HCL's JSON syntax"],
  ['a missing file', {}, 'x.pkr.hcl', 'is not a readable file'],
])('%s is refused', async (_, files, config, problem) => {
  expect(await problems(files, { config })).toEqual([expect.stringContaining(problem)]);
});

test('an inline text is a template, too', async () => {
  const { image, template } = await read({}, { config: templateWith('') });
  expect(image.omi_name).toBe('packed');
  expect(template).toMatchObject({ name: 'web', type: 'outscale-chroot', data: [] });
});

const two = `source "outscale-chroot" "a" {
  source_omi = "ami-12345678"
}
source "null" "n" {}
build {
  source "source.outscale-chroot.a" {
    omi_name = "\${source.type} \${source.name} \${build.name}"
  }
}
build {
  name = "nightly"
  source "outscale-chroot.a" {
    name     = "web"
    omi_name = "\${source.type} \${source.name} \${build.name}"
  }
  sources = ["null.n"]
}
`;

test.each([
  ['a', 'outscale-chroot a '],
  ['outscale-chroot.a', 'outscale-chroot a '],
  ['web', 'outscale-chroot web nightly'],
  ['outscale-chroot.web', 'outscale-chroot web nightly'],
  ['nightly.outscale-chroot.web', 'outscale-chroot web nightly'],
])('builder %s selects a source', async (builder, name) => {
  expect((await read({ 'x.pkr.hcl': two }, { builder })).image.omi_name).toBe(name);
});

test.each([
  ['', 'has several sources that match (outscale-chroot.a, nightly.outscale-chroot.web)'],
  ['nope', 'has no source nope; set builder to one of: outscale-chroot.a, nightly.outscale-chroot.web'],
  ['other.outscale-chroot.web', 'has no source other.outscale-chroot.web'],
  ['n', 'has the source nightly.null.n, whose type is not supported'],
])('builder %j is refused: %s', async (builder, problem) => {
  expect(await problems(two, { builder })).toEqual([expect.stringContaining(problem)]);
});

const withData = templateWith(
  `data "outscale-omi" "base" {
  filters     = { image-name = "base-*" }
  owners      = ["self"]
  most_recent = true
}
data "outscale-omi" "next" {
  filters = { image-name = "\${data.outscale-omi.base.name}-next" }
  owners  = [data.outscale-omi.base.owner]
}`,
  '  tags = data.outscale-omi.next.tags\n  root_volume_size = length(data.outscale-omi.base.name)',
  `  provisioner "shell" {\n    inline = ["echo \${data.outscale-omi.base.tags.os}"]\n  }`,
)
  .replace('"ami-12345678"', 'data.outscale-omi.base.id')
  .replace('"packed"', `"x \${data.outscale-omi.next.name}"`);

test('data sources are unknown until they are read, and the configuration is valid with them', async () => {
  const { template } = await read({ 'x.pkr.hcl': withData });
  expect(template?.data).toEqual([
    {
      name: 'outscale-omi.base',
      filters: new Map([['image-name', ['base-*']]]),
      owners: ['self'],
      mostRecent: true,
    },
  ]);
  const base = {
    id: 'ami-11111111',
    name: 'base-1',
    owner: '123456789012',
    owner_name: 'me',
    creation_date: '2026-01-01T00:00:00Z',
    tags: new Map([['os', 'lab']]),
  };
  const second = await read(
    { 'x.pkr.hcl': withData },
    {},
    { images: new Map([['outscale-omi.base', base]]) },
  );
  expect(second.template?.data).toEqual([
    {
      name: 'outscale-omi.next',
      filters: new Map([['image-name', ['base-1-next']]]),
      owners: ['123456789012'],
      mostRecent: false,
    },
  ]);
  const images = new Map([
    ['outscale-omi.base', base],
    ['outscale-omi.next', { ...base, name: 'base-1-next' }],
  ]);
  const last = await read({ 'x.pkr.hcl': withData }, {}, { images });
  expect(last.template?.data).toEqual([]);
  expect(last.source.source_omi).toBe('ami-11111111');
  expect(last.image.omi_name).toBe('x base-1-next');
  expect(last.volume.root_volume_size).toBe(6);
});

test.each([
  [
    'data.outscale-omi.base.nope',
    'asks for the attribute nope, which does not exist; the attributes are: creation_date, id',
  ],
  ['data.outscale-omi.other.id', 'uses data.outscale-omi.other, which is not declared'],
  ['data.outscale-omi.base.id + 1 > 2 ? nope : 1', 'uses nope, which is not declared'],
])('%s is refused before a data source is read', async (text, problem) => {
  const data = 'data "outscale-omi" "base" {\n  owners = ["self"]\n}\n';
  expect(await problems(templateWith(`${data}locals {\n  a = ${text}\n}`))).toEqual([
    expect.stringContaining(problem),
  ]);
});

test('a data source of another type is refused', async () => {
  expect(await problems(templateWith('data "http" "x" {\n  url = "a"\n}'))).toEqual([
    expect.stringContaining('data "http" "x": has the type http, which is not supported'),
  ]);
});
