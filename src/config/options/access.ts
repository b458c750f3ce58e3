import { group, option } from '../kit/option.js';
import { endpoint, path, url } from '../types/path.js';
import { boolean } from '../types/scalars.js';
import { matching, secret, text } from '../types/text.js';

const region = matching(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
  kind: 'a valid region',
  example: 'one such as eu-west-2',
});
const subregion = matching(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
  kind: 'a valid subregion',
  example: 'one such as eu-west-2a',
});
const vm = matching(/^i-\w+$/, { kind: 'a VM ID', example: 'one such as i-12345678' });

/** Credentials, API endpoint and identity of this VM. */
export const access = group({
  access_key: option(secret, {
    literal: true,
    text: 'Access key ID of the Outscale account.',
    otherwise: '`OSC_ACCESS_KEY`, `OUTSCALE_ACCESSKEYID`, the profile, or the role of this VM',
  }),
  secret_key: option(secret, {
    text: 'Secret key. Set it in the same place as the access key.',
    otherwise: '`OSC_SECRET_KEY`, `OUTSCALE_SECRETKEYID`, the profile, or the role of this VM',
    secret: true,
  }),
  token: option(secret, { text: 'Session token of temporary access keys.', secret: true }),
  profile: option(text, {
    text: 'Profile in `~/.osc/config.json` (set `OSC_CONFIG_FILE` to use another file) that provides access keys, region, endpoint and client certificate.',
    otherwise: '`OSC_PROFILE` or `default`',
  }),
  region: option(region, {
    text: 'Outscale region. It must be the region this VM runs in.',
    otherwise: '`OSC_REGION`, `OUTSCALE_REGION`, the profile, else the region of this VM',
    variables: ['OSC_REGION', 'OUTSCALE_REGION'],
    profileField: 'region',
  }),
  custom_endpoint_oapi: option(endpoint, {
    text: 'API endpoint: a URL (`/api/v1` is appended if it has no path), a host name that begins with `api.`, or a suffix that is appended to `https://api.REGION.`',
    otherwise:
      '`OSC_ENDPOINT_API`, `OUTSCALE_OAPI_URL`, the profile, else `https://api.REGION.outscale.com/api/v1`',
    variables: ['OSC_ENDPOINT_API', 'OUTSCALE_OAPI_URL'],
    profileField: 'endpoints.api',
  }),
  custom_endpoint_oos: option(url, {
    text: 'URL of the object storage (S3 protocol, path style), for `export` and `omi-regions`.',
    otherwise: '`OSC_ENDPOINT_OOS`, the profile, else `https://oos.REGION.outscale.com`',
    variables: ['OSC_ENDPOINT_OOS'],
    profileField: 'endpoints.oos',
    commands: ['build', 'commit'],
  }),
  insecure_skip_tls_verify: option(boolean, {
    text: 'Disable verification of the TLS certificate of the API endpoint. Logs a warning.',
    default: false,
  }),
  x509_cert_path: option(path, {
    text: 'Path of a TLS client certificate (PEM). Requires `x509-key-path`.',
    otherwise: '`OSC_X509_CLIENT_CERT`, `OUTSCALE_X509CERT`, the profile',
    variables: ['OSC_X509_CLIENT_CERT', 'OUTSCALE_X509CERT'],
    profileField: 'x509_client_cert',
  }),
  x509_key_path: option(path, {
    text: 'Path of the private key of the client certificate (PEM). Requires `x509-cert-path`.',
    otherwise: '`OSC_X509_CLIENT_KEY`, `OUTSCALE_X509KEY`, the profile',
    variables: ['OSC_X509_CLIENT_KEY', 'OUTSCALE_X509KEY'],
    profileField: 'x509_client_key',
  }),
  skip_region_validation: option(boolean, {
    text: 'Accept a region name that is not in the built-in list.',
    default: false,
  }),
  vm_id: option(vm, {
    text: 'ID of this VM, for when the metadata service is blocked. If `subregion`, `region` and access keys are also set, the metadata service is not used.',
    otherwise: 'from the metadata service',
  }),
  subregion: option(subregion, { text: 'Subregion of this VM.', otherwise: 'from the metadata service' }),
  metadata_endpoint: option(url, {
    text: 'URL of the metadata service. Requests to it never use a proxy.',
    default: 'http://169.254.169.254/latest/meta-data',
  }),
});
