import ts from 'typescript';
import { nameOf } from './language.js';
import { locationOf, type SourceFile } from './sources.js';

/** Names that the glossary replaced, by the standard term that took their place. */
const retired: Readonly<Record<string, readonly string[]>> = {
  Invocation: ['wayIn', 'WayIn', 'way', 'Way'],
  relaunchAsRoot: ['door', 'throughTheDoor', 'errand', 'Errand', 'Inside'],
  whyNotQuiesced: ['gate', 'unfinished'],
  Sandbox: ['room', 'Room', 'openRoom', 'wholeVm', 'vmRoom'],
  BuildContext: ['ground', 'Ground', 'standOn'],
  Target: ['goal', 'Goal', 'checkGoal'],
  identifyDisk: ['signs', 'signsOf', 'weigh', 'verdict', 'Verdict'],
  'checkName, findOrphans': ['judge'],
  'documentedOptions, describe': ['told', 'words'],
  'legacy names': ['older', 'olderNames'],
  ReadContext: ['Known'],
  RawValue: ['Given'],
  checkNames: ['namesGiven'],
  RuleContext: ['Looks'],
  Issue: ['mistake', 'Mistake', 'Refused', 'wrong', 'right'],
  InvalidValue: ['Fault'],
  Renderer: ['face', 'Face'],
  'enableDebug, log, isWorkflowCommand': ['tellAll', 'tell', 'speaks'],
  'prepareChroot, restoreImage': ['furnish', 'unfurnish', 'furnished', 'Furnished'],
  inject: ['lend', 'loan', 'loans', 'Loan', 'lent', 'borrower', 'Borrower', 'takeBack'],
  normalizeMounts: ['settle'],
  waitUntilFree: ['letGo', 'stuck', 'Stuck'],
  acquire: ['hold', 'held', 'Held', 'made'],
  retain: ['isHeld', 'heldUntil'],
  finalize: ['keep', 'kept'],
  'update, close, previousOwner': ['learn', 'strike', 'heir'],
  release: ['putAway'],
  'orphaned build, isAlive': ['dead', 'deadBuilds', 'lives'],
  'forCleanup, shortTimeouts, onFailure': ['calm', 'hurried', 'failing'],
  passthroughEnv: ['handedOn'],
  NamespaceProcess: ['inmate', 'inmates', 'Inmate', 'inmatesOf', 'leftRunning'],
  mountUsers: ['occupants', 'endOccupants'],
  fstabMounts: ['ownMounts'],
  probe: ['look', 'Look', 'lookInside'],
  'path, location': ['place', 'Place', 'places'],
  timeouts: ['patience', 'limits'],
  options: ['wish', 'Wish', 'wishes'],
  'ownership tags': ['marks', 'marked'],
  'source of another account': ['foreignSource'],
  image: ['people'],
  resume: ['takeUp', 'taken'],
  'supersededSnapshots, supersededImage': ['discarded', 'replaced'],
  minimalResponses: ['bare', 'isBare'],
  'read-snapshot': ['showWork'],
  progress: ['seen', 'Seen'],
  'leftover-processes': ['ends'],
  canary: ['victim', 'Victim', 'makeVictim'],
  worker: ['lane', 'lanes', 'Lane'],
};

/** Retired names that stay, by the reason. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  'words on disk of ledger version 1': [
    'lent',
    'made',
    'kept',
    'discarded',
    'replaced',
    'ground',
    'furnished',
    'loans',
  ],
  'names of options': ['hold'],
  'standard terms in another sense': ['held', 'limits', 'marked', 'strike', 'taken'],
};

const allowed = new Set(Object.values(exceptions).flat());
const standardTerm = new Map(
  Object.entries(retired).flatMap(([term, names]) =>
    names.filter((name) => !allowed.has(name)).map((name) => [name, term] as const),
  ),
);

const camelCase = (name: string): string =>
  name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The retired names among a file's name and identifiers: `path:line: name (use standard term)`. */
export function retiredNames(file: SourceFile): string[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const check = (name: string, location: string): void => {
    const term = standardTerm.get(name);
    if (term !== undefined) found.push(`${location}: ${name} (use ${term})`);
  };
  check(camelCase(nameOf(file)), file.path);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) check(node.text, locationOf(file, node.getStart(source)));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
