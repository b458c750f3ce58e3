import { group, option } from '../kit/option.js';
import { endpoint, path, url } from '../types/path.js';
import { boolean } from '../types/scalars.js';
import { matching, secret, text } from '../types/text.js';

const region = matching(/^[a-z0-9]+(-[a-z0-9]+)*$/, { kind: 'a region', example: 'one such as eu-west-2' });
const subregion = matching(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
  kind: 'a subregion',
  example: 'one such as eu-west-2a',
});
const vm = matching(/^i-\w+$/, { kind: 'the ID of a VM', example: 'one such as i-12345678' });

/** How the account and this VM are reached. */
export const access = group({
  access_key: option(secret, {
    text: 'Access key of the account.',
    otherwise: '`OSC_ACCESS_KEY`, `OUTSCALE_ACCESSKEYID`, the profile, the role of this VM',
  }),
  secret_key: option(secret, {
    text: 'Secret key. It comes from the same place as the access key.',
    otherwise: '`OSC_SECRET_KEY`, `OUTSCALE_SECRETKEYID`, the profile, the role of this VM',
    secret: true,
  }),
  token: option(secret, { text: 'Session token that goes with temporary keys.', secret: true }),
  profile: option(text, {
    text: 'Profile of `~/.osc/config.json` (`OSC_CONFIG_FILE` names another file) to take keys, region, endpoint and client certificate from.',
    otherwise: '`OSC_PROFILE` or `default`',
  }),
  region: option(region, {
    text: 'Region of the account; it must be the one this VM runs in.',
    otherwise: "`OSC_REGION`, `OUTSCALE_REGION`, the profile, else the VM's own",
    variables: ['OSC_REGION', 'OUTSCALE_REGION'],
    profileField: 'region',
  }),
  custom_endpoint_oapi: option(endpoint, {
    text: 'Endpoint of the API: a URL (`/api/v1` is added if it has no path), a host that begins with `api.`, or a suffix that follows `https://api.REGION.`',
    otherwise:
      '`OSC_ENDPOINT_API`, `OUTSCALE_OAPI_URL`, the profile, else `https://api.REGION.outscale.com/api/v1`',
    variables: ['OSC_ENDPOINT_API', 'OUTSCALE_OAPI_URL'],
    profileField: 'endpoints.api',
  }),
  insecure_skip_tls_verify: option(boolean, {
    text: "Take the endpoint's certificate unseen; warned about.",
    default: false,
  }),
  x509_cert_path: option(path, {
    text: 'Client certificate (PEM).',
    otherwise: '`OSC_X509_CLIENT_CERT`, `OUTSCALE_X509CERT`, the profile',
    variables: ['OSC_X509_CLIENT_CERT', 'OUTSCALE_X509CERT'],
    profileField: 'x509_client_cert',
  }),
  x509_key_path: option(path, {
    text: 'Key of the client certificate (PEM).',
    otherwise: '`OSC_X509_CLIENT_KEY`, `OUTSCALE_X509KEY`, the profile',
    variables: ['OSC_X509_CLIENT_KEY', 'OUTSCALE_X509KEY'],
    profileField: 'x509_client_key',
  }),
  skip_region_validation: option(boolean, {
    text: 'Take a region that this program does not know.',
    default: false,
  }),
  vm_id: option(vm, {
    text: 'ID of this VM, where the metadata service is blocked. With `subregion`, `region` and keys it is not asked at all.',
    otherwise: 'from metadata',
  }),
  subregion: option(subregion, { text: 'Subregion of this VM.', otherwise: 'from metadata' }),
  metadata_endpoint: option(url, {
    text: 'Where the metadata service answers; never asked through a proxy.',
    default: 'http://169.254.169.254/latest/meta-data',
  }),
});
