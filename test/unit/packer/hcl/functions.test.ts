import { expect, test } from '@jest/globals';
import { functions, refusedFunctions } from '../../../../src/packer/hcl/functions/table.js';
import { scopeWith, valueOfText } from './evaluating.js';

/** From https://developer.hashicorp.com/packer/docs/templates/hcl_templates/functions */
const examples: readonly (readonly [text: string, value: unknown])[] = [
  ['abs(-12.4)', 12.4],
  ['abs(23)', 23],
  ['abspath("a/../b")', '/workspace/b'],
  ['alltrue(["true", true])', true],
  ['alltrue([true, false])', false],
  ['anytrue([false, "true"])', true],
  ['anytrue([])', false],
  ['base64decode("SGVsbG8gV29ybGQ=")', 'Hello World'],
  ['base64encode("Hello World")', 'SGVsbG8gV29ybGQ='],
  ['base64gunzip(base64gzip("Hello World"))', 'Hello World'],
  ['length(base64gzip("")) > 0', true],
  ['basename("foo/bar/baz.txt")', 'baz.txt'],
  ['can(1 + 1)', true],
  ['can(var.nope)', false],
  ['ceil(5.1)', 6],
  ['ceil(5)', 5],
  ['chomp("hello\\n\\n")', 'hello'],
  ['chunklist(["a", "b", "c", "d", "e"], 2)', [['a', 'b'], ['c', 'd'], ['e']]],
  ['cidrhost("10.12.127.0/20", 16)', '10.12.112.16'],
  ['cidrhost("10.12.127.0/20", -1)', '10.12.127.255'],
  ['cidrnetmask("172.16.0.0/12")', '255.240.0.0'],
  ['cidrsubnet("172.16.0.0/12", 4, 2)', '172.18.0.0/16'],
  ['cidrsubnet("10.1.2.0/24", 4, 15)', '10.1.2.240/28'],
  ['cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)', ['10.1.0.0/20', '10.1.16.0/20', '10.1.32.0/24', '10.1.48.0/20']],
  ['coalesce("", "b")', 'b'],
  ['coalesce(null, 1, 2)', 1],
  ['coalescelist([], ["c", "d"])', ['c', 'd']],
  ['compact(["a", "", "b", "c"])', ['a', 'b', 'c']],
  ['concat(["a", ""], ["b", "c"])', ['a', '', 'b', 'c']],
  ['contains(["a", "b"], "a")', true],
  ['contains(["a", "b"], "d")', false],
  ['convert(3, string)', '3'],
  ['convert(["3"], list(number))', [3]],
  [
    'csvdecode("a,b,c\\n1,2,3\\n4,5,6")',
    [
      { a: '1', b: '2', c: '3' },
      { a: '4', b: '5', c: '6' },
    ],
  ],
  ['csvdecode("a,b\\n\\"x, y\\",\\"say \\"\\"hi\\"\\"\\"\\n")', [{ a: 'x, y', b: 'say "hi"' }]],
  ['dirname("foo/bar/baz.txt")', 'foo/bar'],
  ['distinct(["a", "b", "a", "c", "d", "b"])', ['a', 'b', 'c', 'd']],
  ['element(["a", "b", "c"], 1)', 'b'],
  ['element(["a", "b", "c"], 3)', 'a'],
  ['endswith("hello world", "world")', true],
  ['env("REGION")', 'eu-west-2'],
  ['file("hello.txt")', 'Hello World\n'],
  ['filebase64("hello.txt")', 'SGVsbG8gV29ybGQK'],
  ['fileexists("hello.txt")', true],
  ['fileexists("nope.txt")', false],
  ['flatten([["a", "b"], [], ["c", [["d"]]]])', ['a', 'b', 'c', 'd']],
  ['floor(4.9)', 4],
  ['floor(-0.5)', -1],
  ['format("Hello, %s!", "Ander")', 'Hello, Ander!'],
  ['format("There are %d lights", 4)', 'There are 4 lights'],
  ['format("%03d|%x|%X|%#x|%b|%o|%+d", 7, 255, 255, 255, 5, 8, 1)', '007|ff|FF|0xff|101|10|+1'],
  ['format("%-5s|%5s|%.2s", "a", "b", "cde")', 'a    |    b|cd'],
  [
    'format("%.2f|%e|%g|%t|%q|%%", 1.005, 1234.5, 0.5, true, "a\\"b")',
    '1.00|1.234500e+03|0.5|true|"a\\"b"|%',
  ],
  ['format("%v %v %#v", 1.5, [1, "a"], "x")', '1.5 [1,"a"] "x"'],
  ['format("%[2]s %[1]s", "a", "b")', 'b a'],
  ['formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")', '02 Jan 2018 23:12 UTC'],
  [
    'formatdate("EEEE, DD-MMM-YY hh:mm:ss ZZZ", "2018-01-02T23:12:01-08:00")',
    'Tuesday, 02-Jan-18 23:12:01 -0800',
  ],
  [
    'formatdate("MMMM M D EEE h H HH AA aa m s ZZZZZ ZZZZ Z", "2018-01-02T23:02:01+01:00")',
    'January 1 2 Tue 23 11 11 PM pm 2 1 +01:00 +0100 +01:00',
  ],
  ["formatdate(\"h'h'mm' o''clock'\", \"2018-01-02T23:12:01Z\")", "23h12 o'clock"],
  ['formatlist("Hello, %s!", ["Valentina", "Ander"])', ['Hello, Valentina!', 'Hello, Ander!']],
  [
    'formatlist("%s, %s!", "Salutations", ["Valentina", "Ander"])',
    ['Salutations, Valentina!', 'Salutations, Ander!'],
  ],
  ['indent(2, "a\\nb\\nc")', 'a\n  b\n  c'],
  ['index(["a", "b", "c"], "b")', 1],
  ['join("-", ["foo", "bar", "baz"])', 'foo-bar-baz'],
  ['join(", ", ["foo"], ["bar"])', 'foo, bar'],
  [
    'jsondecode("{\\"hello\\": \\"world\\", \\"n\\": [1, 2.5, null]}")',
    { hello: 'world', n: [1, 2.5, null] },
  ],
  ['jsonencode({ hello = "world", a = [1, true, null] })', '{"a":[1,true,null],"hello":"world"}'],
  ['jsonencode("<a> & b")', '"\\u003ca\\u003e \\u0026 b"'],
  ['keys({ d = 3, a = 1, c = 2 })', ['a', 'c', 'd']],
  ['legacy_isotime("January-02-2006")', 'January-02-2026'],
  ['legacy_isotime()', '2026-01-02T03:04:05Z'],
  ['legacy_strftime("%Y%m%d-%H%M%S")', '20260102-030405'],
  ['length([])', 0],
  ['length({ a = "b" })', 1],
  ['length("hello")', 5],
  ['log(16, 2)', 4],
  ['lookup({ a = "ay", b = "bee" }, "a", "what?")', 'ay'],
  ['lookup({ a = "ay", b = "bee" }, "c", "what?")', 'what?'],
  ['lower("AL-KHWARIZMI")', 'al-khwarizmi'],
  ['max(12, 54, 3)', 54],
  ['max([12, 54, 3]...)', 54],
  ['md5("hello world")', '5eb63bbbe01eeed093cb22bb8f5acdc3'],
  ['merge({ a = "b", c = "d" }, { e = "f", c = "z" })', { a: 'b', c: 'z', e: 'f' }],
  ['min(12, 54, 3)', 3],
  ['parseint("100", 10)', 100],
  ['parseint("FF", 16)', 255],
  ['parseint("-10", 16)', -16],
  ['pathexpand("~/.ssh/id_rsa")', '/home/user/.ssh/id_rsa'],
  ['pathexpand("/etc/resolv.conf")', '/etc/resolv.conf'],
  ['pow(3, 2)', 9],
  ['pow(4, 0)', 1],
  ['pow(-1, 3)', -1],
  ['range(3)', [0, 1, 2]],
  ['range(1, 4)', [1, 2, 3]],
  ['range(1, 8, 2)', [1, 3, 5, 7]],
  ['range(4, 1, -1)', [4, 3, 2]],
  ['regex("[a-z]+", "53453453.345345aaabbbccc23454")', 'aaabbbccc'],
  ['regex("(\\\\d\\\\d\\\\d\\\\d)-(\\\\d\\\\d)-(\\\\d\\\\d)", "2019-02-01")', ['2019', '02', '01']],
  [
    'regex("^(?:(?P<scheme>[^:/?#]+):)?(?://(?P<authority>[^/?#]*))?", "https://example.com/x")',
    { scheme: 'https', authority: 'example.com' },
  ],
  ['regexall("[a-z]+", "1234abcd5678efgh9")', ['abcd', 'efgh']],
  ['regexall("[a-z]+", "123456789")', []],
  [`regex_replace("hello world", "(\\\\w+) (\\\\w+)", "$2 $\${1}s")`, 'world hellos'],
  ['regex_replace("-ab-axxb-", "(?P<x>a)[[:alpha:]]*", "T")', '-T-T-'],
  ['replace("1 + 2 + 3", "+", "-")', '1 - 2 - 3'],
  ['reverse([1, 2, 3])', [3, 2, 1]],
  ['setintersection(["a", "b"], ["b", "c"], ["b", "d"])', ['b']],
  [
    'setproduct(["development", "production"], ["app1", "app2"])',
    [
      ['development', 'app1'],
      ['development', 'app2'],
      ['production', 'app1'],
      ['production', 'app2'],
    ],
  ],
  ['setsubtract(["a", "b", "c"], ["a", "c"])', ['b']],
  ['setunion(["a", "b"], ["b", "c"], ["d"])', ['a', 'b', 'c', 'd']],
  ['sha1("hello world")', '2aae6c35c94fcfb415dbe95f408b9ce91ee846ed'],
  ['sha256("hello world")', 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9'],
  ['substr(sha512("hello world"), 0, 16)', '309ecc489c12d6eb'],
  ['signum(-13)', -1],
  ['signum(0)', 0],
  ['slice(["a", "b", "c", "d"], 1, 3)', ['b', 'c']],
  ['sort(["e", "d", "a", "x"])', ['a', 'd', 'e', 'x']],
  ['split(",", "foo,bar,baz")', ['foo', 'bar', 'baz']],
  ['split(",", "")', ['']],
  ['startswith("hello world", "hello")', true],
  ['strcontains("hello world", "wor")', true],
  ['strrev("hello")', 'olleh'],
  ['substr("hello world", 1, 4)', 'ello'],
  ['substr("hello world", -5, -1)', 'world'],
  ['sum([10, 13, 6, 4.5])', 33.5],
  ['templatefile("hello.tpl", { name = "Jodie", list = [1, 2] })', 'Hello Jodie! 1 2\n'],
  ['textdecodebase64("SABlAGwAbABvAA==", "UTF-16LE")', 'Hello'],
  ['textencodebase64("Hello", "UTF-16LE")', 'SABlAGwAbABvAA=='],
  [
    'rfc3339_parse("2023-07-25T23:43:16Z")',
    {
      day: 25,
      hour: 23,
      iso_week: 30,
      iso_year: 2023,
      minute: 43,
      month: 7,
      month_name: 'July',
      second: 16,
      unix: 1_690_328_596,
      weekday: 2,
      weekday_name: 'Tuesday',
      year: 2023,
      year_day: 206,
    },
  ],
  ['rfc3339_parse("2023-07-25 23:43:16.5+02:00").unix', 1_690_321_396],
  ['[for x in ["2021-01-03T00:00:00Z", "2020-12-31T00:00:00Z"] : rfc3339_parse(x).iso_week]', [53, 53]],
  ['rfc3339_parse("2024-12-30T00:00:00Z").iso_year', 2025],
  ['rfc3339_parse("2024-12-31T23:59:59-08:00").year_day', 366],
  ['unix_timestamp_parse(1690328596).rfc3339', '2023-07-25T23:43:16Z'],
  ['unix_timestamp_parse(-1).weekday_name', 'Wednesday'],
  ['timeadd("2017-11-22T00:00:00Z", "10m")', '2017-11-22T00:10:00Z'],
  ['timeadd("2017-11-22T00:00:00+01:00", "-1h30m")', '2017-11-21T22:30:00+01:00'],
  ['timestamp()', '2026-01-02T03:04:05Z'],
  ['title("hello world")', 'Hello World'],
  ['trim("?!hello?!", "!?")', 'hello'],
  ['trimprefix("helloworld", "hello")', 'world'],
  ['trimspace("  hello\\n\\n")', 'hello'],
  ['trimsuffix("helloworld", "world")', 'hello'],
  ['try(var.nope, "fallback")', 'fallback'],
  ['upper("hello")', 'HELLO'],
  ['urldecode("Hello+World%21")', 'Hello World!'],
  ['urlencode("Hello World!")', 'Hello+World%21'],
  ['length(uuidv4())', 36],
  ['uuidv5("dns", "www.terraform.io")', 'a5008fae-b28c-5ba5-96cd-82b4c53552d6'],
  [
    'uuidv5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.terraform.io")',
    'a5008fae-b28c-5ba5-96cd-82b4c53552d6',
  ],
  ['values({ a = 3, c = 2, d = 1 })', [3, 2, 1]],
  ['yamldecode("hello: world\\nlist: [1, true, null]")', { hello: 'world', list: [1, true, null] }],
  ['yamlencode({ a = "b", c = [1, true] })', '"a": "b"\n"c":\n  - 1\n  - true\n'],
  ['zipmap(["a", "b"], [1, 2])', { a: 1, b: 2 }],
];

const files = {
  'hello.txt': 'Hello World\n',
  'hello.tpl': `Hello \${name}!%{ for x in list } \${x}%{ endfor }\n`,
};

test.each(examples.map(([text, value]) => ({ text, value })))('$text', ({ text, value }) => {
  expect(valueOfText(text, scopeWith({}, files))).toEqual(value);
});

test('every function has an example', () => {
  const text = examples.map(([one]) => one).join('\n');
  const missing = [...Object.keys(functions), 'can', 'convert', 'templatefile', 'try'].filter(
    (name) => !new RegExp(`\\b${name}\\(`).test(text),
  );
  expect(missing).toEqual([]);
});

/** The functions in the documentation of Packer 1.16. */
const ofPacker = (
  'abs abspath alltrue anytrue aws_secretsmanager aws_secretsmanager_raw base64decode base64encode base64gzip basename ' +
  'bcrypt can ceil chomp chunklist cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce coalescelist compact concat ' +
  'consul_key contains convert csvdecode dirname distinct element endswith env file filebase64 fileexists fileset ' +
  'flatten floor format formatdate formatlist indent index join jsondecode jsonencode keys legacy_isotime ' +
  'legacy_strftime length log lookup lower max md5 merge min parseint pathexpand pow range regex regex_replace ' +
  'regexall replace reverse rfc3339_parse rsadecrypt setintersection setproduct setunion sha1 sha256 sha512 signum ' +
  'slice sort split startswith strcontains strrev substr sum templatefile textdecodebase64 textencodebase64 timeadd ' +
  'timestamp title trim trimprefix trimspace trimsuffix try unix_timestamp_parse upper urlencode uuidv4 uuidv5 ' +
  'values vault yamldecode yamlencode zipmap'
).split(' ');

test('each function of Packer is there, or refused by name', () => {
  const known = new Set([
    ...Object.keys({ ...functions, ...refusedFunctions }),
    'can',
    'convert',
    'templatefile',
    'try',
  ]);
  expect(ofPacker.filter((name) => !known.has(name))).toEqual([]);
});

test.each(Object.keys(refusedFunctions))('%s is refused with the way to do the same', (name) => {
  expect(() => valueOfText(`${name}("a")`)).toThrow(`calls ${name}, which is not available here`);
});

test.each([
  ['nope()', 'calls nope, which is not defined'],
  ['upper()', 'calls upper, which has 0 arguments'],
  ['upper([])', 'calls upper, which needs a text, and has a list'],
  ['element([], 0)', 'has an empty list'],
  ['parseint("12z", 10)', 'which is not an integer in base 10'],
  ['jsondecode("{secret")', 'calls jsondecode, which has invalid JSON'],
  ['yamldecode("a: [secret")', 'calls yamldecode, which has invalid YAML'],
  ['regex("(?=a)", "a")', 'has a look-around'],
  ['regex("[", "a")', 'has an invalid regular expression'],
  ['regex("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")', 'searches for more than 500 ms'],
  ['formatdate("QQ", timestamp())', 'has the unknown sequence QQ'],
  ['timeadd("yesterday", "1h")', 'which is not a time'],
  ['rfc3339_parse("yesterday")', 'which is not a time'],
  ['unix_timestamp_parse(1.5)', 'which'],
  ['unix_timestamp_parse(1000000000000)', 'out of range'],
  ['cidrhost("fe80::/10", 1)', 'which is not a network of IPv4'],
  ['pow(10, 1000)', 'more than 512 bits'],
  ['format("%y", 1)', 'has the unknown verb %y'],
  ['format("%d", 1.5)', 'formats 1.5 as an integer'],
  ['format("a", 1)', 'has 1 values, and uses 0'],
  ['try(var.a, var.b)', 'no argument has a value'],
  ['templatefile("hello.tpl", {})', 'uses name, which is not declared'],
])('%s fails: %s', (text, problem) => {
  expect(() => valueOfText(text, scopeWith({}, files))).toThrow(problem);
});
