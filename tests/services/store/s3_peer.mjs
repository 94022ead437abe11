// A small S3 store for tests, written from the specification and not from our client:
// it checks every signature by itself, keeps objects as files, and fails as it is told.
//   node s3_peer.mjs FOLDER [CERT KEY]     prints its port; ends when its stdin does
// FOLDER/data/BUCKET/KEY   what lies there; a bucket is a folder that is there
// FOLDER/parts/UPLOAD/     parts of what is not finished
// FOLDER/fault             "NAME COUNT [METHOD [QUERY]]": what goes wrong with the next requests
// FOLDER/clock             seconds by which its clock is ahead
// FOLDER/page              the most names on a page
// FOLDER/log               a line for each request: method, path, query, status
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createPlain } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { dirname, join } from 'node:path';

const [folder, cert, key] = process.argv.slice(2);
export const access = { id: 'AKIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', region: 'us-east-1' };
const said = (name, otherwise) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8').trim() : otherwise);
const now = () => Date.now() + 1000 * Number(said('clock', '0'));

class Refusal extends Error {
  constructor(status, code) {
    super(code);
    Object.assign(this, { status, code });
  }
}

// ---------------------------------------------------------------- signatures
// "Signature Calculations for the Authorization Header", Amazon S3 API reference.
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const hmac = (secret, text) => createHmac('sha256', secret).update(text).digest();
const uriEncode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

function check(request, path, query, body) {
  const { headers } = request;
  const fields = /^AWS4-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '');
  if (fields === null) throw new Refusal(403, 'AccessDenied');
  const [, credential, signed, signature] = fields;
  const [id, day, region, service, end] = credential.split('/');
  if (id !== access.id) throw new Refusal(403, 'InvalidAccessKeyId');
  if (region !== access.region || service !== 's3' || end !== 'aws4_request') throw new Refusal(400, 'AuthorizationHeaderMalformed');
  const when = headers['x-amz-date'];
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(when ?? '');
  if (parts === null || !when.startsWith(day)) throw new Refusal(403, 'AccessDenied');
  const [y, mo, d, h, mi, s] = parts.slice(1).map(Number);
  if (Math.abs(Date.UTC(y, mo - 1, d, h, mi, s) - now()) > 15 * 60 * 1000) throw new Refusal(403, 'RequestTimeTooSkewed');
  const names = signed.split(';');
  const must = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  if (names.join() !== [...names].sort().join() || must.some((name) => !names.includes(name))) throw new Refusal(403, 'AccessDenied');
  const pairs = [...query].map(([name, value]) => [uriEncode(name), uriEncode(value)]).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : 1));
  const canonical = [request.method, path.split('/').map(uriEncode).join('/'), pairs.map((pair) => pair.join('=')).join('&'),
    ...names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`), '', signed, headers['x-amz-content-sha256']].join('\n');
  const text = ['AWS4-HMAC-SHA256', when, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join('\n');
  const secret = [day, region, 's3', 'aws4_request'].reduce(hmac, `AWS4${access.secret}`);
  if (hmac(secret, text).toString('hex') !== signature) throw new Refusal(403, 'SignatureDoesNotMatch');
  if (sha256(body) !== headers['x-amz-content-sha256']) throw new Refusal(400, 'XAmzContentSHA256Mismatch');
}

// ---------------------------------------------------------------- what lies there
const xml = (text) => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }[c]));
const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
const space = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
const dataOf = (bucket, name = '') => join(folder, 'data', bucket, name);

function keep(path, bytes) {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = join(folder, `fresh-${randomBytes(8).toString('hex')}`);
  writeFileSync(fresh, bytes);
  renameSync(fresh, path);
}

function everything(bucket) {
  const walk = (at) => readdirSync(dataOf(bucket, at), { withFileTypes: true }).flatMap((one) =>
    (one.isDirectory() ? walk(`${at}${one.name}/`) : [`${at}${one.name}`]));
  return walk('').sort();
}

const pageOf = (names, query) => names.slice(0, Math.min(Number(query.get('max-keys') ?? 1000), Number(said('page', '1000'))));

function list(bucket, query) {
  const token = query.get('continuation-token');
  const after = token === null ? '' : Buffer.from(token.slice(3), 'base64').toString(); // opaque, with what must be encoded in front
  const names = everything(bucket).filter((name) => name.startsWith(query.get('prefix') ?? '') && name > after);
  const page = pageOf(names, query);
  const more = page.length < names.length;
  const rows = page.map((name) => {
    const { mtime, size } = statSync(dataOf(bucket, name));
    return `<Contents><Key>${xml(name)}</Key><LastModified>${mtime.toISOString()}</LastModified><ETag>&quot;0&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const next = more ? `<NextContinuationToken>${xml(`1+&${Buffer.from(page.at(-1)).toString('base64')}`)}</NextContinuationToken>` : '';
  return `${head}<ListBucketResult${space}><Name>${bucket}</Name><IsTruncated>${more}</IsTruncated>${rows.join('\n')}${next}</ListBucketResult>`;
}

const uploadOf = (id) => join(folder, 'parts', Buffer.from(id).toString('hex'));

function listUploads(bucket, query) {
  const root = join(folder, 'parts');
  const all = (existsSync(root) ? readdirSync(root) : []).map((name) => JSON.parse(readFileSync(join(root, name, 'about'), 'utf8')))
    .filter((one) => one.bucket === bucket && one.name.startsWith(query.get('prefix') ?? ''))
    .sort((a, b) => (`${a.name} ${a.id}` < `${b.name} ${b.id}` ? -1 : 1))
    .filter((one) => `${one.name} ${one.id}` > `${query.get('key-marker') ?? ''} ${query.get('upload-id-marker') ?? ''}`);
  const page = pageOf(all, query);
  const last = page.at(-1);
  const more = page.length < all.length;
  const rows = page.map((one) => `<Upload><Key>${xml(one.name)}</Key><UploadId>${xml(one.id)}</UploadId><Initiated>${one.when}</Initiated></Upload>`);
  return `${head}<ListMultipartUploadsResult${space}><IsTruncated>${more}</IsTruncated>${
    more ? `<NextKeyMarker>${xml(last.name)}</NextKeyMarker><NextUploadIdMarker>${xml(last.id)}</NextUploadIdMarker>` : ''}${rows.join('')}</ListMultipartUploadsResult>`;
}

function begin(bucket, name) {
  const id = `${randomBytes(6).toString('base64')}/&+=`;
  mkdirSync(uploadOf(id), { recursive: true });
  writeFileSync(join(uploadOf(id), 'about'), JSON.stringify({ bucket, name, id, when: new Date(now()).toISOString() }));
  return `${head}<InitiateMultipartUploadResult${space}><Bucket>${bucket}</Bucket><Key>${xml(name)}</Key><UploadId>${xml(id)}</UploadId></InitiateMultipartUploadResult>`;
}

function finish(bucket, name, id, body) {
  const named = [...body.toString().matchAll(/<Part><PartNumber>(\d+)<\/PartNumber><ETag>(.+?)<\/ETag><\/Part>/g)];
  const parts = named.map(([, number, etag], i) => {
    const path = join(uploadOf(id), number);
    if (Number(number) !== i + 1 || !existsSync(path) || etagOf(readFileSync(path)) !== etag) throw new Refusal(400, 'InvalidPart');
    return readFileSync(path);
  });
  if (parts.length === 0 || parts.slice(0, -1).some((part) => part.length < 5 << 20)) throw new Refusal(400, 'EntityTooSmall');
  keep(dataOf(bucket, name), Buffer.concat(parts));
  rmSync(uploadOf(id), { recursive: true });
  return `${head}<CompleteMultipartUploadResult${space}><Key>${xml(name)}</Key></CompleteMultipartUploadResult>`;
}

const etagOf = (bytes) => `"${createHash('md5').update(bytes).digest('hex')}"`;

function answer(method, bucket, name, query, body) {
  if (!existsSync(dataOf(bucket))) throw new Refusal(404, 'NoSuchBucket');
  const upload = query.get('uploadId');
  if (upload !== null && !existsSync(uploadOf(upload))) throw new Refusal(404, 'NoSuchUpload');
  if (name === '' && method === 'GET') return [200, query.has('uploads') ? listUploads(bucket, query) : list(bucket, query)];
  if (method === 'POST' && query.has('uploads')) return [200, begin(bucket, name)];
  if (method === 'POST' && upload !== null) return [200, finish(bucket, name, upload, body)];
  if (method === 'DELETE' && upload !== null) rmSync(uploadOf(upload), { recursive: true });
  else if (method === 'DELETE') rmSync(dataOf(bucket, name), { force: true });
  else if (method === 'PUT') keep(upload === null ? dataOf(bucket, name) : join(uploadOf(upload), query.get('partNumber')), body);
  else if (method !== 'GET' && method !== 'HEAD') throw new Refusal(405, 'MethodNotAllowed');
  if (method === 'DELETE') return [204, ''];
  if (method === 'PUT') return [200, '', { ETag: etagOf(body) }];
  if (!existsSync(dataOf(bucket, name))) throw new Refusal(404, 'NoSuchKey');
  return [200, readFileSync(dataOf(bucket, name))];
}

// ---------------------------------------------------------------- what goes wrong
function fault(method, query) {
  const [name, count, only, about] = said('fault', '').split(' ');
  if (!name || (only && only !== method) || (about && !query.has(about))) return '';
  writeFileSync(join(folder, 'fault'), count > 1 ? [name, count - 1, only, about].filter(Boolean).join(' ') : '');
  return name;
}

const refusals = { 500: [500, 'InternalError'], 503: [503, 'SlowDown'], digest: [400, 'XAmzContentSHA256Mismatch'], denied: [403, 'AccessDenied'],
  redirect: [307, 'TemporaryRedirect'] };

// Sends what there is to send; an answer may be bent on its way.
function send(request, response, bent, [status, bytes, headers = {}]) {
  let body = Buffer.from(bytes);
  if (bent === 'flip' && body.length > 0) body[body.length >> 1] ^= 1;
  if (bent === 'noxml') body = Buffer.from('<html><body>it works</body>');
  if (bent === 'late') body = Buffer.from(`${head}<Error><Code>InternalError</Code></Error>`);
  if (bent === 'redirect') headers.Location = 'http://127.0.0.1:9/elsewhere';
  response.writeHead(status, status === 204 ? headers : { ...headers, 'Content-Length': bent === 'endless' ? 1 << 30 : body.length });
  if (bent === 'half') {
    response.write(body.subarray(0, body.length >> 1), () => request.socket.destroy());
  } else if (bent === 'endless') {
    const more = () => response.write(Buffer.alloc(1 << 16), (error) => error ?? more());
    more();
  } else {
    response.end(request.method === 'HEAD' ? '' : body);
  }
}

async function serve(request, response) {
  const [rawPath, rawQuery = ''] = request.url.split('?');
  const query = new URLSearchParams(rawQuery.replaceAll('+', '%2B')); // "+" is no blank here
  const path = decodeURIComponent(rawPath);
  const [, bucket, ...rest] = path.split('/');
  const bent = fault(request.method, query);
  if (bent === 'cut') return request.socket.destroy();
  if (bent === 'stall') return undefined; // and takes nothing more
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  let what;
  try {
    if (refusals[bent]) throw new Refusal(...refusals[bent]);
    check(request, path, query, body);
    what = bent === 'late' ? [200, ''] : answer(request.method, bucket, rest.join('/'), query, body);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    what = [error.status, `${head}<Error><Code>${error.code}</Code><Message>no</Message></Error>`];
  }
  appendFileSync(join(folder, 'log'), `${request.method} ${path} ${rawQuery} ${what[0]}${bent === '' ? '' : ` ${bent}`}\n`);
  if (bent === 'lost') return request.socket.destroy();
  return send(request, response, bent, what);
}

const quietly = (request, response) => serve(request, response).catch((error) => {
  if (error.code !== 'ECONNRESET') console.error(error);
  request.socket.destroy();
});
const server = cert === undefined ? createPlain(quietly) : createSecure({ cert: readFileSync(cert), key: readFileSync(key) }, quietly);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
