import { Factories } from '@cyclonedx/cyclonedx-library/Contrib/License';
import { ComponentType, LicenseAcknowledgement, LifecyclePhase } from '@cyclonedx/cyclonedx-library/Enums';
import {
  Bom,
  Component,
  ComponentRepository,
  type License,
  LicenseRepository,
  LifecycleRepository,
  Metadata,
  NamedLicense,
  Property,
  PropertyRepository,
  Tools,
} from '@cyclonedx/cyclonedx-library/Models';
import { JSON as Json, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import parseExpression from 'spdx-expression-parse';
import { version } from '../../common/version.js';
import type { Distribution } from './distribution.js';
import { packageUrl } from './package-url.js';
import { spdxName } from './spdx-name.js';
import type { SbomContent, SbomSubject } from './types.js';

/** Writes what is in an image in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/). */
export function bomText(content: SbomContent, subject: SbomSubject): string {
  const bom = new Bom({
    serialNumber: `urn:uuid:${subject.serial}`,
    metadata: new Metadata({
      timestamp: subject.createdAt,
      // The files of an image that was built, not its sources: what the specification calls post-build.
      lifecycles: new LifecycleRepository([LifecyclePhase.PostBuild]),
      tools: new Tools({
        components: new ComponentRepository([
          new Component(ComponentType.Application, 'build-omi', { version }),
        ]),
      }),
      component: imageOf(subject, content.distribution),
    }),
    components: new ComponentRepository(componentsOf(content)),
  });
  const serializer = new JsonSerializer(new Json.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/** The OMI. "Operating system" includes one that is an image (1.6, type of a component). */
function imageOf({ name, properties, version: ofImage }: SbomSubject, { name: os }: Distribution): Component {
  const all = os === '' ? properties : { ...properties, distribution: os };
  return new Component(ComponentType.OperatingSystem, name, {
    bomRef: 'omi',
    ...(ofImage === undefined ? {} : { version: ofImage }),
    properties: new PropertyRepository(
      Object.entries(all).map(([key, value]) => new Property(`build-omi:${key}`, value)),
    ),
  });
}

function componentsOf({ manager, packages, licenses, distribution }: SbomContent): Component[] {
  const factory = new Factories.LicenseFactory((text) => void parseExpression(text));
  return packages.map((one) => {
    const purl = manager === undefined ? undefined : packageUrl(one, manager, distribution);
    const names = one.license === undefined ? (licenses.get(one.name) ?? []) : [one.license];
    return new Component(ComponentType.Library, one.name, {
      version: one.version,
      ...(purl === undefined ? {} : { purl, bomRef: purl }),
      licenses: new LicenseRepository(licensesOf(names, factory)),
    });
  });
}

/** A component has either one expression, or licenses by their ID in SPDX or their name. */
function licensesOf(names: readonly string[], factory: Factories.LicenseFactory): License[] {
  const licenses = names.map((name) => {
    const converted =
      names.length === 1 ? factory.makeFromString(spdxName(name)) : factory.makeDisjunctive(spdxName(name));
    // What has no name in SPDX keeps the one that the image has.
    return converted instanceof NamedLicense ? new NamedLicense(name) : converted;
  });
  for (const one of licenses) one.acknowledgement = LicenseAcknowledgement.Declared;
  return licenses;
}
