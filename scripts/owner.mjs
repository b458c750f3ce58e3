/** The owner of the repository stands in package.json only; everything that names it is made from that. */
import { readFileSync } from 'node:fs';

/** The account that owns the repository, as in `uses: OWNER/build-omi@v1`. */
export const ownerOf = ({ repository }) => {
  const [, owner] = /^github:([\w.-]+)\/build-omi$/.exec(repository) ?? [];
  if (owner === undefined) throw new Error('package.json: repository must be github:OWNER/build-omi');
  return owner;
};

/** A text in which each reference to the repository has this owner. */
export const withOwner = (text, owner) =>
  text.replaceAll(
    /(uses: |--repo |github\.com\/|githubusercontent\.com\/)[\w.-]+\/build-omi(?![\w-])/g,
    `$1${owner}/build-omi`,
  );

/** The files that name the repository. */
export const ownedFiles = ['*.md', 'docs/**/*.md', 'examples/*.yml', '.github/ISSUE_TEMPLATE/*.yml'];

export const owner = ownerOf(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));
