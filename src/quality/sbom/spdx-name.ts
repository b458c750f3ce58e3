/** Names of Debian's format that SPDX has under another one. */
const renamed: Readonly<Record<string, string>> = {
  Expat: 'MIT',
  Artistic: 'Artistic-1.0-Perl',
  'Artistic-2': 'Artistic-2.0',
  'Apache-2': 'Apache-2.0',
  'MPL-1': 'MPL-1.0',
  'MPL-2': 'MPL-2.0',
  'GFDL-NIV-1.2': 'GFDL-1.2-no-invariants-only',
  'GFDL-NIV-1.2+': 'GFDL-1.2-no-invariants-or-later',
  'GFDL-NIV-1.3': 'GFDL-1.3-no-invariants-only',
  'GFDL-NIV-1.3+': 'GFDL-1.3-no-invariants-or-later',
};

/**
 * A name of Debian's format as an expression of SPDX, if it has one: `GPL-2+ or Artistic` is
 * `GPL-2.0-or-later OR Artistic-1.0-Perl`. Other names stay as they are.
 */
export function spdxName(written: string): string {
  const parts = written.split(/\s+/).map((word) => {
    if (/^(and|or|with)$/.test(word)) return word.toUpperCase();
    const [, family, version, later] = /^(A?GPL|LGPL|GFDL)-(\d(?:\.\d)?)(\+?)$/.exec(word) ?? [];
    if (version === undefined) return renamed[word] ?? word;
    return `${family}-${version.includes('.') ? version : `${version}.0`}-${later ? 'or-later' : 'only'}`;
  });
  return parts.join(' ');
}
